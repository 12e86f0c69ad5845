"""The sweeps beat asks auth_svc for."""

from auth_svc.models import database
from auth_svc.service import logins, signing
from common import guesses, idempotency
from common.worker import KEEP_CLAIMS, housekeeping, sweep

housekeeping(
    "auth",
    database,
    (logins.prune, KEEP_CLAIMS),
    (guesses.prune, guesses.KEEP),
    (idempotency.prune, idempotency.KEEP),
)


@sweep("auth_svc.rotate_keys")
def rotate_keys() -> None:
    database.write(signing.rotate_if_due)
