"""A booking is told to an integrator's own server, through every process that has a part in it."""

from tests.integration.notification_svc.webhooks.receiver import receiving
from tests.stack import read

EVENTS = ["ReservationConfirmed", "SeatHeld", "PaymentCaptured"]


class TestAWebhook:
    def test_is_told_what_became_of_a_booking_once_each_and_signed(self, stack):
        with receiving(500) as endpoint:
            made = stack.operate("POST", "notification", "/webhooks", {"url": endpoint.url, "events": EVENTS})
            path = f"/webhooks/{made['webhookId']}"

            reservation = stack.book()
            assert stack.follow(reservation)["status"] == "confirmed"

            def told():
                mine = [post for post in endpoint.posts if post.body["reservationId"] == number]
                return mine if len({post.message_id for post in mine}) == len(EVENTS) else None

            entries = stack.timeline(reservation)
            number = next(entry["detail"]["reservationId"] for entry in entries if entry["kind"] == "event")
            posts = stack.wait(told, what="the integrator to be told, the first time in vain", seconds=40)
            for post in posts:
                post.verify(made["secret"])
            assert sorted({post.body["type"] for post in posts}) == sorted(EVENTS)
            assert {post.body["correlationId"] for post in posts} == {reservation["correlationId"]}

            stack.wait(
                lambda: all(
                    delivery["state"] == "delivered"
                    for delivery in stack.operate("GET", "notification", f"{path}/deliveries")
                ),
                what="every delivery to have arrived",
            )
            log = stack.operate("GET", "notification", f"{path}/deliveries")
            statuses = sorted(tuple(attempt["status"] for attempt in delivery["attempts"]) for delivery in log)
            assert statuses.count((500, 204)) == 1
            assert "deliver webhook" in [entry["name"] for entry in stack.timeline(reservation)]

            gone = stack.ask("DELETE", "notification", path, token=stack.operator_token)
            assert gone.status_code == 204
            read(stack.ask("GET", "notification", path, token=stack.operator_token), 404)
