"""Webhooks: made, changed, tested and removed while a process dies; what happens is told, maybe twice, as one."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.integration.notification_svc.webhooks.receiver import Endpoint, receiving
from tests.reliability.rest import Rest
from tests.reliability.scenes import SECONDS
from tests.reliability.scenes.bookings import end
from tests.reliability.traveller import Traveller
from tests.stack import Json, wait

EVENTS = ["ReservationConfirmed", "SeatHeld", "PaymentCaptured"]


def told(traveller: Traveller, rest: Rest) -> None:
    """Book, and hear each event about it, at least once and always under its one id."""
    with _webhook(traveller) as (endpoint, made):
        booked = end(rest, traveller.reserve(), "confirmed")

        def heard() -> bool:
            return {post.body["type"] for post in endpoint.posts if _is_about(post.body, booked)} == set(EVENTS)

        wait(heard, what="the integrator to be told", seconds=SECONDS)
        ids = {post.message_id for post in endpoint.posts if _is_about(post.body, booked)}
        assert len(ids) == len(EVENTS)
        for post in endpoint.posts:
            post.verify(made["secret"])


def tested(traveller: Traveller, rest: Rest) -> None:
    """Have a test sent, look at it in the log, and have it sent again."""
    with _webhook(traveller) as (endpoint, made):
        path, token = f"/webhooks/{made['webhookId']}", traveller.stack.operator_token
        sent = traveller.send("notification", f"{path}/tests", {}, token=token)
        again = f"{path}/deliveries/{sent['deliveryId']}/redeliveries"
        wait(lambda: endpoint.posts, what="the test to arrive", seconds=SECONDS)
        traveller.send("notification", again, {}, token=token)
        wait(lambda: len(endpoint.posts) > 1, what="the test to arrive again", seconds=SECONDS)


def changed(traveller: Traveller, rest: Rest) -> None:
    """Switch a webhook off and on again, and have its secret renewed."""
    with _webhook(traveller) as (_, made):
        path, token = f"/webhooks/{made['webhookId']}", traveller.stack.operator_token
        for enabled, state in ((False, "disabled"), (True, "enabled")):
            shown = traveller.send("notification", path, {"enabled": enabled}, method="PATCH", token=token)
            assert shown["state"] == state
        assert traveller.send("notification", f"{path}/secret-rotations", {}, token=token)["secret"] != made["secret"]


@contextmanager
def _webhook(traveller: Traveller) -> Iterator[tuple[Endpoint, Json]]:
    token = traveller.stack.operator_token
    with receiving() as endpoint:
        made = traveller.send("notification", "/webhooks", {"url": endpoint.url, "events": EVENTS}, token=token)
        yield endpoint, made
        path = f"/webhooks/{made['webhookId']}"
        # Who got no answer and asks again finds it gone.
        traveller.send("notification", path, None, method="DELETE", token=token, or_refused=404)


def _is_about(told: Json, booked: Json) -> bool:
    return bool(told["correlationId"] == booked["correlationId"])
