"""Money: taken once, for what was confirmed, and given back for what was not, by the bank's own ledger."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from aerosaga.invariants.evidence import Evidence, Row
from aerosaga.invariants.judging import invariant, unless
from common.money import Money

# A payment whose outcome is not known is asked after within this time: the longest lease and pause of the sweep.
WINDOW = timedelta(seconds=90)


@invariant("I8", "no payment is authorized twice or captured twice at the bank")
def money_is_taken_once(evidence: Evidence) -> Iterator[str | None]:
    acts = Counter((entry["authorization"], entry["act"]) for entry in evidence.entries)
    by_reference: dict[str, list[Row]] = defaultdict(list)
    for authorization in evidence.authorizations:
        by_reference[authorization["reference"]].append(authorization)
    for reference, found in by_reference.items():
        captures = sum(acts[(each["id"], "capture")] for each in found)
        fine = len(found) == 1 and captures <= 1
        yield unless(fine, f"payment {reference} has {len(found)} authorizations and {captures} captures")


@invariant("I9", "what the bank and the wallets keep is the price of what is confirmed, to the last cent")
def money_adds_up(evidence: Evidence) -> Iterator[str | None]:
    ledger = _bank_totals(evidence)
    refunds: Counter[int] = Counter()
    for refund in evidence.rows("payment.refund"):
        if refund["issued_at"] is not None:
            refunds[refund["payment_id"]] += refund["amount_minor"]
    taken: Counter[int] = Counter()
    given_back: Counter[int] = Counter()
    for payment in evidence.rows("payment.payment"):
        books = payment["amount_minor"] if payment["status"] in {"captured", "refunded"} else 0
        taken[payment["reservation_id"]] += books
        given_back[payment["reservation_id"]] += refunds[payment["id"]]
        if payment["kind"] in {"card", "crypto"}:
            told, wanted = ledger[payment["auth_id"]], (books, refunds[payment["id"]])
            yield unless(
                told == wanted, f"the bank took and gave back {told} for {payment['auth_id']}, payment_svc has {wanted}"
            )
    promised = _promised(evidence)
    for reservation in evidence.rows("booking.reservation"):
        number, price = reservation["id"], reservation["price_minor"]
        kept = taken[number] - given_back[number]
        match reservation["status"]:
            case "confirmed":
                fine = taken[number] == price
            case "cancelled":
                fine = kept == (taken[number] and price - promised.get(number, price))
            case _:
                fine = kept == 0
        yield unless(
            fine,
            f"{reservation['status']} reservation {reservation['locator']} costs {price}: {taken[number]} taken, "
            f"{given_back[number]} given back",
        )
    yield from _wallets(evidence)


@invariant("I10", "the bank has captured exactly the payments of reservations that were confirmed")
def captured_is_confirmed(evidence: Evidence) -> Iterator[str | None]:
    payments = {payment["auth_id"]: payment for payment in evidence.rows("payment.payment")}
    statuses = {row["id"]: row["status"] for row in evidence.rows("booking.reservation")}
    totals = _bank_totals(evidence)
    for authorization in evidence.authorizations:
        reference = authorization["reference"]
        payment = payments.get(reference)
        taken, back = totals[reference]
        if payment is None:
            yield f"the bank has an authorization for {reference}, which payment_svc does not know"
        elif taken > back and statuses.get(payment["reservation_id"]) not in {"confirmed", "cancelled"}:
            yield f"{reference} is captured and its reservation is {statuses.get(payment['reservation_id'])}"
        else:
            yield None
    captured = Counter(
        payment["reservation_id"]
        for payment in payments.values()
        if payment["kind"] == "wallet" or totals[payment["auth_id"]][0]
    )
    for number, status in statuses.items():
        if status == "confirmed":
            yield unless(captured[number], f"reservation {number} is confirmed and nothing was captured")


@invariant("I11", "what was set aside or taken for a reservation that ended is let go or given back")
def nothing_stays_set_aside(evidence: Evidence) -> Iterator[str | None]:
    states = _bank_states(evidence)
    by_reservation: dict[int, list[str]] = defaultdict(list)
    for payment in evidence.rows("payment.payment"):
        by_reservation[payment["reservation_id"]].append(payment["auth_id"])
    open_states = {"failed": {"open", "authorized", "captured"}, "cancelled": {"open", "authorized"}}
    for reservation in evidence.rows("booking.reservation"):
        for reference in by_reservation[reservation["id"]]:
            wrong = states.get(reference, "absent") in open_states.get(reservation["status"], set())
            if reservation["status"] in open_states:
                yield unless(
                    not wrong,
                    f"{reference} is {states.get(reference)} at the bank, its reservation {reservation['status']}",
                )


@invariant("I12", "no authorization is both voided and captured at the bank")
def void_and_capture_exclude_each_other(evidence: Evidence) -> Iterator[str | None]:
    acts: dict[str, set[str]] = defaultdict(set)
    for entry in evidence.entries:
        acts[entry["authorization"]].add(entry["act"])
    for authorization, done in acts.items():
        yield unless(not ({"void", "capture"} <= done), f"authorization {authorization} is voided and captured")


@invariant("I13", "no payment or refund of unknown outcome is older than the time it takes to ask again")
def outcomes_become_known(evidence: Evidence) -> Iterator[str | None]:
    for payment in evidence.rows("payment.payment"):
        age = evidence.at - payment["created_at"]
        unknown = payment["status"] == "pending" and age > WINDOW
        yield unless(not unknown, f"the outcome of {payment['auth_id']} is not known after {age}")
    for refund in evidence.rows("payment.refund"):
        age = evidence.at - refund["created_at"]
        waits = refund["issued_at"] is None and age > WINDOW
        yield unless(not waits, f"refund {refund['id']} is not issued after {age}")


def _bank_totals(evidence: Evidence) -> dict[str, tuple[int, int]]:
    """What was captured and refunded, in minor units, by our name of the payment."""
    references = {row["id"]: row["reference"] for row in evidence.authorizations}
    sums: Counter[tuple[str, str]] = Counter()
    for entry in evidence.entries:
        sums[(references[entry["authorization"]], entry["act"])] += entry["amount_minor"]
    totals: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for reference in references.values():
        totals[reference] = (sums[(reference, "capture")], sums[(reference, "refund")])
    return totals


def _bank_states(evidence: Evidence) -> dict[str, str]:
    """The state of each payment at the bank, as its rules have it."""
    acts: dict[str, set[str]] = defaultdict(set)
    for entry in evidence.entries:
        acts[entry["authorization"]].add(entry["act"])
    totals = _bank_totals(evidence)
    states = {}
    for row in evidence.authorizations:
        done = acts[row["id"]]
        taken, back = totals[row["reference"]]
        expired = datetime.fromtimestamp(row["expires_at"] / 1_000_000, UTC) < evidence.at
        if taken:
            state = "captured" if back < taken else "refunded"
        elif "void" in done:
            state = "voided"
        elif expired and not (row["kind"] == "crypto" and "authorize" in done):
            state = "expired"
        else:
            state = "authorized" if "authorize" in done else "open"
        states[row["reference"]] = state
    return states


def _promised(evidence: Evidence) -> dict[int, int]:
    """What was promised back for each cancelled reservation, in minor units, where its event names an amount."""
    promised = {}
    for row in evidence.rows("booking.outbox"):
        body = row["body"]
        if row["type"] == "ReservationCancelled" and body.get("refundAmount") is not None:
            promised[body["reservationId"]] = Money.of(Decimal(body["refundAmount"]), body["currency"]).minor
    return promised


def _wallets(evidence: Evidence) -> Iterator[str | None]:
    signs = {
        "deposit": (1, 0), "refund": (1, 0), "hold": (-1, 1), "release": (1, -1), "capture": (0, -1)
    }  # fmt: skip
    available: Counter[int] = Counter()
    held: Counter[int] = Counter()
    for entry in evidence.rows("payment.wallet_entry"):
        free, aside = signs[entry["act"]]
        available[entry["wallet_id"]] += free * entry["amount_minor"]
        held[entry["wallet_id"]] += aside * entry["amount_minor"]
    for wallet in evidence.rows("payment.wallet"):
        has = (wallet["available_minor"], wallet["held_minor"])
        lines = (available[wallet["id"]], held[wallet["id"]])
        yield unless(has == lines, f"wallet {wallet['id']} has {has}, its lines add up to {lines}")
