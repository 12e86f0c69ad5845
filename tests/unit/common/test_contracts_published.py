"""What counts as published, in repositories of every shape."""

import json
import subprocess

import pytest

from common.contracts.registry.published import published

PATH = "contracts/booking.events/SeatHeld.v1.json"


class Repository:
    """A repository of its own, with one contract that says how often it was changed."""

    def __init__(self, root):
        self.root = root
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments):
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *arguments], cwd=self.root, check=True, capture_output=True)

    def write(self, revision):
        (self.root / PATH).parent.mkdir(parents=True, exist_ok=True)
        (self.root / PATH).write_text(json.dumps({"revision": revision}), "utf-8")

    def commit(self, revision):
        self.write(revision)
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", f"Revision {revision}")

    def published(self, **options):
        return [
            (point.where.partition(" (")[0], point.contracts[PATH]["revision"])
            for point in published(self.root, **options)
        ]


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path)


class TestPublished:
    def test_on_main_are_the_last_commit_and_the_one_before(self, repository):
        repository.commit(1)
        repository.commit(2)
        repository.commit(3)
        repository.write(4)

        assert repository.published() == [("the last commit", 3), ("the commit before", 2)]

    def test_in_a_first_commit_is_that_alone(self, repository):
        repository.commit(1)

        assert repository.published() == [("the last commit", 1)]

    def test_on_a_branch_is_where_it_left_main_so_that_its_own_drafts_are_free(self, repository):
        repository.commit(1)
        repository.git("switch", "--quiet", "--create", "new-event")
        repository.commit(2)
        repository.commit(3)
        repository.git("switch", "--quiet", "main")
        repository.git("commit", "--quiet", "--allow-empty", "--message", "Something else")
        repository.git("switch", "--quiet", "new-event")

        assert repository.published() == [("where this branch left main", 1)]

    def test_is_what_was_pushed_where_there_is_a_remote(self, repository):
        repository.commit(1)
        repository.git("update-ref", "refs/remotes/origin/main", "HEAD")
        repository.commit(2)

        assert repository.published() == [("where this branch left main", 1)]

    def test_is_the_newest_release_as_well_however_long_ago(self, repository):
        repository.commit(1)
        repository.git("tag", "v0.1.0")
        for revision in (2, 3, 4):
            repository.commit(revision)
        repository.git("tag", "not-a-release")

        assert repository.published() == [("the last commit", 4), ("the commit before", 3), ("release v0.1.0", 1)]

    def test_is_told_once_where_two_names_mean_the_same_commit(self, repository):
        repository.commit(1)
        repository.git("tag", "v0.1.0")

        assert repository.published() == [("the last commit", 1)]

    def test_is_any_commit_that_is_asked_for(self, repository):
        repository.commit(1)
        repository.commit(2)
        repository.commit(3)

        assert repository.published(against="HEAD~2") == [("HEAD~2", 1)]

    @pytest.mark.parametrize("name", ["nowhere", "--all", ""])
    def test_refuses_a_commit_that_is_none(self, repository, name):
        repository.commit(1)

        if name:
            with pytest.raises(LookupError, match="git knows no commit"):
                repository.published(against=name)
        else:
            assert repository.published(against=name) == [("the last commit", 1)]

    def test_is_nothing_in_commits_from_before_the_registry(self, repository):
        repository.git("commit", "--quiet", "--allow-empty", "--message", "Begin")

        [point] = published(repository.root)

        assert point.contracts == {}


class TestWithoutHistory:
    def test_the_files_have_to_do(self, tmp_path):
        (tmp_path / PATH).parent.mkdir(parents=True)
        (tmp_path / PATH).write_text('{"revision": 1}', "utf-8")

        [point] = published(tmp_path)

        assert point.where == "the files in contracts/"
        assert point.contracts == {PATH: {"revision": 1}}

    def test_the_files_have_to_do_before_the_first_commit(self, repository):
        repository.write(1)

        assert repository.published() == [("the files in contracts/", 1)]

    def test_a_repository_around_it_is_not_taken_for_its_own(self, repository):
        repository.commit(1)
        inner = repository.root / "unpacked"
        (inner / PATH).parent.mkdir(parents=True)
        (inner / PATH).write_text('{"revision": 7}', "utf-8")

        [point] = published(inner)

        assert point.contracts == {PATH: {"revision": 7}}

    def test_a_machine_without_git_does_not_mind(self, repository, monkeypatch):
        repository.commit(1)
        monkeypatch.setenv("PATH", "")

        assert repository.published() == [("the files in contracts/", 1)]
