"""What operators do about what is stuck: parked messages mended, dropped and sent again, sagas retried and rewound."""

from tests.reliability.rest import Rest
from tests.reliability.scenes import SECONDS
from tests.reliability.scenes.bookings import end
from tests.reliability.traveller import Traveller
from tests.stack import Json, wait

QUEUE = "payment.inbox.booking"
SLOW = {"kind": "card", "token": "tok_slow"}


def mended(traveller: Traveller, rest: Rest) -> None:
    """An event comes again with its reason lost; it is parked, mended and redriven, and does nothing twice."""
    made = end(rest, traveller.reserve(payments=[{"kind": "card", "token": "tok_insufficient_funds"}]), "failed")
    told = rest.published(made["locator"], "ReservationFailed")
    path, token = _parked(traveller, rest, told), traveller.stack.operator_token
    body = {"body": told, "reason": "mended"}
    traveller.send("payment", path, body, method="PATCH", token=token)
    # Who got no answer and asks again finds it redriven.
    traveller.send("payment", f"{path}/redrive", {"reason": "mended"}, token=token, or_refused=409)
    assert traveller.look("payment", path, token=token)["state"] == "redriven"


def dropped(traveller: Traveller, rest: Rest) -> None:
    """The same, and it is given up."""
    made = end(rest, traveller.reserve(payments=[{"kind": "card", "token": "tok_insufficient_funds"}]), "failed")
    path = _parked(traveller, rest, rest.published(made["locator"], "ReservationFailed"))
    token = traveller.stack.operator_token
    traveller.send("payment", path, {"reason": "of the matrix"}, method="DELETE", token=token, or_refused=409)
    assert traveller.look("payment", path, token=token)["state"] == "dropped"


def replayed(traveller: Traveller, rest: Rest) -> None:
    """Everything that payment_svc heard of confirmations is sent to it again, and does nothing twice."""
    end(rest, traveller.reserve(), "confirmed")
    wish = {"to": "payment", "since": "2020-01-01T00:00:00Z", "types": ["ReservationConfirmed"], "reason": "a look"}
    traveller.send("booking", "/replays", wish, token=traveller.stack.operator_token)


def retried(traveller: Traveller, rest: Rest) -> None:
    """A saga's steps are sent again while they are under way."""
    made = traveller.reserve(payments=[SLOW])
    _act(traveller, made, "retries")
    end(rest, made, "confirmed")


def rewound(traveller: Traveller, rest: Rest) -> None:
    """A saga is turned round while it is under way, if it is not over by then."""
    made = traveller.reserve(payments=[SLOW])
    _act(traveller, made, "rewinds")
    end(rest, made, "failed", "confirmed")


def _act(traveller: Traveller, made: Json, act: str) -> None:
    token = traveller.stack.operator_token
    (run,) = traveller.look("booking", f"/sagas/{made['correlationId']}", token=token)
    path = f"/sagas/runs/{run['runId']}/{act}"
    traveller.send("booking", path, {"reason": "of the matrix"}, token=token, or_refused=409)


def _parked(traveller: Traveller, rest: Rest, told: Json) -> str:
    """Put an event that cannot be read into payment_svc's inbox; return where it is found once it is parked."""
    broken = {name: value for name, value in told.items() if name != "reason"}
    rest.poison(QUEUE, broken)
    token = traveller.stack.operator_token

    def mine() -> list[Json]:
        listed: list[Json] = traveller.look("payment", "/parked", token=token)
        return [row for row in listed if row["wireId"] == told["eventId"]]

    found = wait(mine, what="the event to be parked", seconds=SECONDS)
    return f"/parked/{found[0]['messageId']}"
