"""The figures of the stream process: what is counted, measured, and told to Prometheus."""

import itertools
from datetime import UTC, datetime, timedelta

from prometheus_client.parser import text_string_to_metric_families

from gateway.stream.exposition import exposition
from gateway.stream.figures import Figures, percentile
from gateway.stream.sampling import queue_names

_numbers = itertools.count(1)


def happened(kind: str, *, reservation: int = 7, seconds_ago: float = 0, **more: object) -> dict[str, object]:
    at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    known = {"eventId": f"event-{next(_numbers)}", "reservationId": reservation, "occurredAt": at.isoformat()}
    return {"type": kind, **known, **more}


def last(figures: Figures) -> dict[str, object]:
    """The sums of the last two minutes, so that it does not matter when the clock strikes."""
    minutes = figures.told(minutes=2)["minutes"]
    return {name: sum(minute[name] for minute in minutes) for name in ("begun", "confirmed", "failed", "cancelled")}


class TestFigures:
    def test_count_what_became_of_reservations(self):
        figures = Figures()
        for told in (
            happened("ReservationInitiated"),
            happened("ReservationConfirmed"),
            happened("ReservationFailed", reservation=8, reason="payment_failed"),
            happened("ReservationCancelled", reason="asked"),
            happened("SeatHeld"),
        ):
            figures.note(told)

        assert last(figures) == {"begun": 1, "confirmed": 1, "failed": 1, "cancelled": 1}
        assert figures.told(minutes=1)["minutes"][-1]["reasons"] in ({"payment_failed": 1}, {})

    def test_count_an_event_once_however_often_it_comes(self):
        figures, told = Figures(), happened("ReservationConfirmed")
        figures.note(told)
        figures.note(told)

        assert last(figures)["confirmed"] == 1

    def test_measure_from_the_first_event_to_the_last(self):
        figures = Figures()
        figures.note(happened("ReservationInitiated", seconds_ago=2, payLater=False))
        figures.note(happened("ReservationConfirmed"))

        [seconds] = [minute["p99"] for minute in figures.told(minutes=2)["minutes"] if minute["p99"]]
        assert 2 <= seconds < 3

    def test_do_not_measure_how_long_a_payer_takes(self):
        figures = Figures()
        figures.note(happened("ReservationInitiated", seconds_ago=600, payLater=True))
        figures.note(happened("ReservationConfirmed"))

        assert all(minute["p50"] is None for minute in figures.told(minutes=20)["minutes"])
        assert last(figures)["confirmed"] == 1

    def test_have_a_minute_for_each_of_those_asked_for(self):
        told = Figures().told(minutes=60)

        assert len(told["minutes"]) == 60
        assert all(minute["begun"] == 0 for minute in told["minutes"])

    def test_keep_the_most_that_waited_in_a_minute(self):
        figures = Figures()
        for count in (3, 9, 1):
            figures.note_waiting({"booking.commands": count})

        told = figures.told(minutes=2)
        assert max(minute["waiting"].get("booking.commands", 0) for minute in told["minutes"]) == 9
        assert told["waiting"] == {"booking.commands": 1}

    def test_survive_what_is_no_event(self):
        figures = Figures()
        figures.note({"type": "ReservationConfirmed", "occurredAt": "yesterday"})
        figures.note({})

        assert last(figures)["confirmed"] == 0


class TestPercentile:
    def test_is_a_value_that_was_seen(self):
        assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
        assert percentile([3.0, 1.0, 2.0], 0.99) == 3.0
        assert percentile([], 0.5) is None


class TestExposition:
    def test_is_what_prometheus_reads(self):
        figures = Figures()
        figures.note(happened("ReservationInitiated", seconds_ago=0.2, payLater=False))
        figures.note(happened("ReservationFailed", reason="payment_failed"))
        figures.note_waiting({"booking.commands": 4})

        told = {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(exposition(figures).decode())
            for sample in family.samples
        }

        assert told["aerosaga_reservations_total", "failed", "payment_failed"] == 1
        assert told["aerosaga_messages_waiting", "booking.commands"] == 4
        assert told["aerosaga_reservation_seconds_count",] == 1
        assert told["aerosaga_reservation_seconds_bucket", "0.1"] == 0
        assert told["aerosaga_reservation_seconds_bucket", "+Inf"] == 1


class TestTheQueuesThatAreLookedAt:
    def test_are_those_of_commands_and_of_subscribers(self):
        names = queue_names()

        assert {"booking.commands", "payment.commands", "booking.inbox.payment"} <= set(names)
        assert len(names) == len(set(names))
