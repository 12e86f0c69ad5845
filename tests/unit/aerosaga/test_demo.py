"""The demo holds what came of each scene against what should."""

import io
from datetime import date

import pytest
from rich.console import Console

from aerosaga import demo, scenes
from aerosaga.errors import Failed
from aerosaga.scenes import NotAsItShould, Scene, Stage, expect
from tests.unit.aerosaga.services import Services, problem


@pytest.fixture
def stage() -> Stage:
    return Stage(client=Services({}).client(), out=Console(file=io.StringIO(), width=100), day=date(2026, 12, 1))


def a_scene(title: str, trouble: Exception | None = None) -> Scene:
    def play(_: Stage) -> None:
        if trouble:
            raise trouble

    return Scene(title=title, explanation="What one sees.", play=play)


class TestPlayScenes:
    def test_complains_about_nothing_when_all_ended_as_they_should(self, stage, monkeypatch):
        monkeypatch.setattr(demo, "SCENES", [a_scene("one"), a_scene("two")])

        assert demo.play_scenes(stage) == {}

    def test_names_each_scene_that_did_not_and_plays_the_others(self, stage, monkeypatch):
        bad = [a_scene("one", NotAsItShould("it is pending")), a_scene("two"), a_scene("three", Failed("no answer"))]
        monkeypatch.setattr(demo, "SCENES", bad)

        assert demo.play_scenes(stage) == {"one": "it is pending", "three": "no answer"}
        assert "2 of 3: two" in stage.out.file.getvalue()


class TestExpect:
    def test_raises_what_is_different(self):
        with pytest.raises(NotAsItShould, match="it is pending"):
            expect(False, "it is pending")


class TestASeatThatIsTaken:
    def test_is_wrong_when_the_seat_is_given_a_second_time(self, stage):
        stage.client = Services({"POST booking /reservations": {"locator": "K7Q2ZD"}}).client()
        stage.taken_seat = "12A"

        with pytest.raises(NotAsItShould, match="seat 12A was given to two reservations"):
            scenes.taken(stage)

    def test_is_wrong_when_no_other_seat_is_offered(self, stage):
        refusal = problem(409, "Seat 12A is taken.", code="seat_taken", alternatives={"12A": []})
        stage.client = Services({"POST booking /reservations": refusal}).client()
        stage.taken_seat = "12A"

        with pytest.raises(NotAsItShould, match="no free seats like it"):
            scenes.taken(stage)
