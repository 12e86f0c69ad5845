"""
Sagas that are stuck, for tests of what an operator does about them.

Getting so takes half a minute, however fast the machine is: begin those of a file together and early.
"""

from tests.stack import Json, Stack

#: A failure switch; nobody but an operator ends what it has struck.
SWITCH = "payment.authorize=stuck"
# With the default patience, a step that shows no progress is sent the fourth time after half a minute.
SECONDS = 180


def wait_until_stuck(stack: Stack, reservation: Json) -> Json:
    """Return the run of a reservation once operators are shown that it is stuck."""

    def look() -> Json | None:
        listed = stack.operate("GET", "booking", "/sagas?state=stuck&page_size=100")
        return next((run for run in listed if run["correlationId"] == reservation["correlationId"]), None)

    return stack.wait(look, what="the saga to be listed as stuck", seconds=SECONDS)


def let_go(stack: Stack, *reservations: Json) -> None:
    """Rewind those of them that no test has ended, for those who wait until nothing moves."""
    for reservation in reservations:
        if stack.show(reservation)["status"] == "pending":
            (run,) = stack.operate("GET", "booking", f"/sagas/{reservation['correlationId']}")
            stack.operate("POST", "booking", f"/sagas/runs/{run['runId']}/rewinds", {"reason": "the tests are over"})
            stack.follow(reservation)
