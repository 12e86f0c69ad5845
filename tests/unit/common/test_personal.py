"""What is personal stays out of timelines, headers and the events of workers."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from celery import canvas

from common import messages, sending
from common.contracts.notification import AccessCodeMailRequested
from tests.builders import a_void_command


@pytest.fixture
def sent(monkeypatch):
    """The options of every command that is sent."""
    options = []
    monkeypatch.setattr(canvas.Signature, "apply_async", lambda _self, **given: options.append(given))
    return options


class TestACommand:
    def test_that_is_personal_shows_nothing_of_itself(self, sent):
        sending.send(
            AccessCodeMailRequested(
                correlation_id=uuid4(),
                reservation_id=12345,
                locator="K7Q2ZD",
                email="ada@example.org",
                language="en",
                code="428193",
                expires_at=datetime.now(UTC),
            )
        )

        assert sent[0]["kwargsrepr"] == "personal"

    def test_that_is_not_is_shown_as_it_is(self, sent):
        sending.send(a_void_command())

        assert "kwargsrepr" not in sent[0]


class TestEvents:
    @pytest.mark.parametrize(("type", "personal"), [("ItineraryRecorded", True), ("SeatHeld", False), ("None", False)])
    def test_are_known_to_be_personal_by_their_type(self, type, personal):
        assert messages.is_personal(type) is personal
