"""Messages: every event that counts is published, heard and applied once, and none that does not count."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from aerosaga.invariants.evidence import Evidence
from aerosaga.invariants.judging import invariant, unless
from common import codec
from common.contracts.subscriptions import SUBSCRIPTIONS
from common.queues import DELIVERY_LIMIT

#: What must be told exactly once about each payment that came so far.
_TOLD_ONCE = ("PaymentAuthorized", "PaymentFailed", "PaymentCaptured", "PaymentVoided")
_PARKED = ".parked"
#: Queues of what beat asks for again and again: one on its way is no loss and no leftover.
ASKED_FOR_AGAIN = (".sweeps", ".settlements", ".messages", ".webhooks")


@invariant("I14", "every event that counts is published")
def outboxes_are_empty(evidence: Evidence) -> Iterator[str | None]:
    for service, row in evidence.of_every_service("outbox"):
        yield unless(row["published_at"], f"{service}_svc has not published {row['type']} {row['event_id']}")


@invariant("I15", "no event is heard that its owner never committed")
def no_ghosts(evidence: Evidence) -> Iterator[str | None]:
    told = {row["event_id"] for _, row in evidence.of_every_service("outbox")}
    for service, row in evidence.of_every_service("inbox"):
        ghost = row["event_id"] not in told
        yield unless(not ghost, f"{service}_svc heard {row['type']} {row['event_id']}, which nobody committed")


@invariant("I16", "every event that is published is heard by everybody who subscribes to it")
def nothing_is_lost(evidence: Evidence) -> Iterator[str | None]:
    heard: dict[str, set[Any]] = {service: set() for service in SUBSCRIPTIONS}
    for service, row in evidence.of_every_service("inbox"):
        heard.setdefault(service, set()).add(row["event_id"])
    parked = " ".join(codec.dumps(row["body"]) for _, row in evidence.of_every_service("parked_message"))
    for _, row in evidence.of_every_service("outbox"):
        for subscriber, events in SUBSCRIPTIONS.items():
            if row["published_at"] is None or row["type"] not in {event.__name__ for event in events}:
                continue
            fine = row["event_id"] in heard[subscriber] or str(row["event_id"]) in parked
            yield unless(fine, f"{subscriber}_svc never heard {row['type']} {row['event_id']}")


@invariant("I17", "every event takes effect once, by keys that make a second time impossible")
def effects_are_single(evidence: Evidence) -> Iterator[str | None]:
    wanted = [
        *((f"{service}.inbox", ("event_id", "handler")) for service in SUBSCRIPTIONS),
        ("booking.saga_run", ("saga", "subject_id")),
        ("payment.payment", ("reservation_id", "part")),
        ("payment.wallet_entry", ("wallet_id", "act", "cause")),
    ]
    for table, columns in wanted:
        there = (table, columns) in evidence.keys
        yield unless(there, f"{table} has no unique key on {', '.join(columns)}")
    claims = Counter((service, row["event_id"], row["handler"]) for service, row in evidence.of_every_service("inbox"))
    for (service, event_id, handler), times in claims.items():
        yield unless(times == 1, f"{handler} of {service}_svc claimed {event_id} {times} times")
    told = Counter(
        (row["type"], row["body"]["authId"]) for row in evidence.rows("payment.outbox") if row["type"] in _TOLD_ONCE
    )
    for (kind, auth_id), times in told.items():
        yield unless(times == 1, f"payment_svc told {kind} of {auth_id} {times} times")
    refunded = Counter(
        row["body"]["authId"] for row in evidence.rows("payment.outbox") if row["type"] == "RefundIssued"
    )
    names = {payment["id"]: payment["auth_id"] for payment in evidence.rows("payment.payment")}
    issued = Counter(names[row["payment_id"]] for row in evidence.rows("payment.refund") if row["issued_at"])
    for auth_id in issued | refunded:
        fine = issued[auth_id] == refunded[auth_id]
        yield unless(fine, f"{issued[auth_id]} refunds of {auth_id} were issued, {refunded[auth_id]} told")


@invariant("I19", "what a service knows from others is the newest that was told, never older news")
def copies_are_newest(evidence: Evidence) -> Iterator[str | None]:
    copies = (
        ("flight.outbox", "FlightScheduled", "departureId", "booking.departure"),
        ("fare.outbox", "FareUpdated", "fareId", "booking.fare"),
    )
    for source, kind, key, copy in copies:
        newest: dict[Any, Any] = {}
        for row in evidence.rows(source):
            if row["type"] == kind:
                number = row["body"][key]
                newest[number] = max(row["occurred_at"], newest.get(number, row["occurred_at"]))
        known = {row["id"]: row["as_of"] for row in evidence.rows(copy)}
        for number, at in newest.items():
            fine = number in known and known[number] >= at
            yield unless(fine, f"{copy} {number} is as of {known.get(number)}, the newest {kind} of {at}")


@invariant("I20", "no message is left in a queue, and none is held by anybody")
def queues_are_empty(evidence: Evidence) -> Iterator[str | None]:
    for queue, messages in (evidence.queues or {}).items():
        if not queue.endswith((_PARKED, *ASKED_FOR_AGAIN)):
            yield unless(messages == 0, f"{queue} has {messages} messages")


@invariant("I21", "what is parked is what was poisonous, all of it and nothing else")
def only_poison_is_parked(evidence: Evidence) -> Iterator[str | None]:
    if evidence.queues is None:
        return
    parked = Counter(f"{service}_svc ({row['queue']})" for service, row in evidence.of_every_service("parked_message"))
    parked.update({queue: messages for queue, messages in evidence.queues.items() if queue.endswith(_PARKED)})
    found = ", ".join(f"{count} at {place}" for place, count in parked.items() if count)
    fine = parked.total() == evidence.injected
    yield unless(fine, f"{evidence.injected} messages were poisonous, parked are {found or 'none'}")


@invariant("I22", "a poisonous message is carried out at most as often as the delivery limit lets it")
def poison_is_bounded(evidence: Evidence) -> Iterator[str | None]:
    for message, times in evidence.executions.items():
        yield unless(times <= DELIVERY_LIMIT + 1, f"{message} was carried out {times} times")


def repeated_commands(evidence: Evidence) -> int:
    """Return how many commands were taken up again (I18): allowed, absorbed, and worth a figure."""
    taken = Counter(
        (row["correlation_id"], row["name"], str(row["detail"].get("part")))
        for _, row in evidence.of_every_service("journal")
        if row["kind"] == "command"
    )
    return sum(times - 1 for times in taken.values())
