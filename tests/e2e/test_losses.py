"""Redis emptied and queues purged in the middle of everything: the sweeps carry all to its end from the databases."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal

import pika
import redis

from deploy.servers import Servers
from tests.e2e.money import ledgers, payments, taken
from tests.stack import Json, Stack

SLOW = {"kind": "card", "token": "tok_slow"}
DECLINED = {"kind": "card", "token": "tok_insufficient_funds"}
PART = {"kind": "card", "token": "tok_visa", "amount": Decimal("20.00")}
WISHES = [[SLOW], [PART, SLOW], [DECLINED], [PART, DECLINED]]


@contextmanager
def losses(backing: Servers) -> Iterator[dict[str, int]]:
    """Empty Redis and the command queues again and again while the block runs; yield what was lost so far."""
    lost = {"messages": 0, "results": 0}
    stopping = threading.Event()

    def lose() -> None:
        connection = pika.BlockingConnection(pika.URLParameters(backing.urls.broker))
        channel = connection.channel()
        with redis.Redis.from_url(backing.urls.result) as store:
            while not stopping.wait(0.15):
                for queue in ("booking.commands", "payment.commands"):
                    lost["messages"] += channel.queue_purge(queue).method.message_count
                lost["results"] += store.dbsize()
                store.flushall()
        connection.close()

    thread = threading.Thread(target=lose)
    thread.start()
    try:
        yield lost
    finally:
        stopping.set()
        thread.join(timeout=20)


class TestLosingRedisAndTheQueuedCommands:
    def test_leaves_no_reservation_without_an_end_and_no_money_where_it_should_not_be(self, stack, backing):
        made: list[tuple[Json, list[Json]]] = []
        with ThreadPoolExecutor(8) as pool:
            with losses(backing) as lost:
                # Until something of each kind was really lost, nothing is proved.
                while len(made) < 24 or (min(lost.values()) < 5 and len(made) < 100):
                    wish = WISHES[len(made) % len(WISHES)]
                    made.append((stack.book(payments=wish), wish))
            assert min(lost.values()) >= 5, lost
            ended = list(pool.map(lambda each: stack.follow(each[0], seconds=75), made))
            assert [_fault(stack, reservation) for reservation in pool.map(_settled(stack), ended)] == [None] * len(
                ended
            )
        by_wish = [(reservation["status"], wish) for reservation, (_, wish) in zip(ended, made, strict=True)]
        assert {status for status, wish in by_wish if DECLINED in wish} == {"failed"}
        assert {status for status, wish in by_wish if DECLINED not in wish} == {"confirmed"}


def _settled(stack: Stack):
    """Return a function that waits until nothing moves any more for a reservation, and returns it."""
    done = {"confirmed": {"captured"}, "failed": {"voided", "failed"}}

    def wait(reservation: Json) -> Json:
        stack.wait(
            lambda: {payment["status"] for payment in payments(stack, reservation)} <= done[reservation["status"]],
            what=f"the payments of {reservation['locator']} to be settled",
            seconds=75,
        )
        return reservation

    return wait


def _fault(stack: Stack, reservation: Json) -> str | None:
    """Return what the bank's ledger and the seat map have against a reservation that has ended, or None."""
    (seat,) = reservation["seats"]
    state = stack.seat(seat["departureId"], seat["seatNumber"])["state"]
    acts = ledgers(stack, reservation)
    if reservation["status"] == "confirmed":
        paid = taken(stack, reservation) == reservation["price"]["amount"]
        right = paid and state == "taken" and all(each == ["authorize", "capture"] for each in acts)
    else:
        right = state == "free" and all(each == ["authorize", "void"] for each in acts)
    return (
        None if right else f"{reservation['locator']} is {reservation['status']}, its seat {state}, the ledger {acts}"
    )
