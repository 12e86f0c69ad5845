"""The crash matrix: each place where a process can die, and the scene in which one does."""

from dataclasses import dataclass

from common.crash import full_name
from tests.reliability import scenes
from tests.reliability.scenes import Scene

BEFORE, AFTER = "transaction.before_commit", "transaction.committed"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A point, armed while a scene is played; `short` ones are those of the short run."""

    point: str
    of: str
    scene: Scene
    short: bool = False

    @property
    def name(self) -> str:
        """The name by which the point is armed."""
        return full_name(self.point, self.of)


def _around(use_case: str, scene: Scene, *, short: bool = False) -> list[Cell]:
    """Both sides of a COMMIT: nothing counts yet, and it counts and nobody knows."""
    return [
        Cell(point=BEFORE, of=use_case, scene=scene),
        Cell(point=AFTER, of=use_case, scene=scene, short=short),
    ]


def _heard(event: str, scene: Scene) -> list[Cell]:
    points = ("event.delivered", "event.claimed", "event.applied", "event.committed")
    return [Cell(point=point, of=f"{event}.v1", scene=scene) for point in points]


def _told(exchange: str, scene: Scene) -> list[Cell]:
    return [
        Cell(point="outbox.unpublished", of=exchange, scene=scene),
        Cell(point="outbox.published", of=exchange, scene=scene, short=exchange == "booking.events"),
    ]


def _taken_up(command: str, scene: Scene) -> list[Cell]:
    return [Cell(point=point, of=command, scene=scene) for point in ("command.delivered", "command.done")]


def _asked(act: str, scene: Scene) -> list[Cell]:
    return [
        Cell(point="provider.unasked", of=act, scene=scene),
        Cell(point="provider.answered", of=act, scene=scene, short=act == "authorized"),
    ]


#: By chapter; after each of them the system comes to rest and is judged.
CHAPTERS: dict[str, list[Cell]] = {
    "asking for a reservation": [
        *_around("booking._claim", scenes.paid),
        *_around("booking.request_reservation", scenes.split, short=True),
        Cell(point="saga.unsent", of="book.ahead", scene=scenes.paid),
        Cell(point="saga.sent", of="book.ahead", scene=scenes.split),
        Cell(point="saga.unsent", of="hold.ahead", scene=scenes.held_and_paid),
    ],
    "publishing": [
        *_told("booking.events", scenes.paid),
        *_told("payment.events", scenes.paid),
        *_around("booking.relay", scenes.paid),
    ],
    "hearing": [
        *_heard("ReservationInitiated", scenes.held_and_paid),
        *_heard("ReservationConfirmed", scenes.paid),
        *_heard("ReservationFailed", scenes.half_declined),
        *_heard("ReservationCancelled", scenes.lost_in_part),
        *_heard("PaymentAuthorized", scenes.paid),
        *_heard("PaymentFailed", scenes.lost),
    ],
    "authorizing": [
        *_taken_up("PaymentAuthorizeRequested", scenes.split),
        *_around("payment.begin", scenes.paid),
        *_asked("authorized", scenes.paid),
        *_around("payment.note_answer", scenes.split),
        *_around("payment.hold_in_wallet", scenes.by_wallet),
        *_around("payment.pay_later", scenes.held_and_paid),
    ],
    "the pivot": [
        *_taken_up("ReservationConfirmRequested", scenes.paid),
        *_around("booking.confirm", scenes.paid, short=True),
    ],
    "the way back": [
        *_around("booking.begin_rewind", scenes.declined),
        Cell(point="saga.unsent", of="book.back", scene=scenes.declined, short=True),
        Cell(point="saga.sent", of="book.back", scene=scenes.half_declined),
        *_taken_up("PaymentVoidRequested", scenes.half_declined),
        *_around("payment.wish_void", scenes.half_declined),
        *_asked("voided", scenes.half_declined),
        *_around("payment._note_voided", scenes.half_declined),
        *_taken_up("SeatsReleaseRequested", scenes.declined),
        *_around("booking.release_seats", scenes.declined),
    ],
    "settling": [
        Cell(point="sweep.begun", of="payment_svc.settle_payments", scene=scenes.paid),
        *_around("payment.lease_payments", scenes.paid),
        *_asked("captured", scenes.paid),
        *_around("payment._note_captured", scenes.paid, short=True),
        *_around("payment.lease_refunds", scenes.refunded),
        *_asked("refunded", scenes.refunded),
        *_around("payment._note_refunded", scenes.refunded),
        *_around("payment.request_refund", scenes.refunded),
    ],
    "running out of time": [
        Cell(point="sweep.begun", of="booking_svc.wake_sagas", scene=scenes.expired),
        *_around("booking.due", scenes.expired),
        Cell(point="saga.unsent", of="hold.back", scene=scenes.expired, short=True),
        Cell(point="saga.sent", of="hold.back", scene=scenes.expired),
    ],
}
CELLS = [cell for chapter in CHAPTERS.values() for cell in chapter]
