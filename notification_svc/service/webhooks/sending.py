"""Sending deliveries side by side, so that a receiver that is slow or dead holds up no other."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from common import clock
from common.db import Database
from common.errors import AerosagaError, TransientError
from common.sealing import Unsealable, unseal
from notification_svc.domain.signing import sign
from notification_svc.domain.webhooks import attempts_for
from notification_svc.provider.receiver import Answer, Receiver
from notification_svc.service.webhooks.claiming import Parcel, claim_parcels
from notification_svc.service.webhooks.outcomes import note_outcome
from notification_svc.service.webhooks.owning import PURPOSE

log = logging.getLogger(__name__)

#: How many attempts one sender has under way at most, and how many of them at webhooks that fail: however many
#: receivers are dead, half of the places are for those that are not.
AT_ONCE = 64
AT_ONCE_FAILING = AT_ONCE // 2
# How long a sender that waits for answers goes without looking for what has become due.
LOOK_AGAIN_SECONDS = 0.5
# The end of a delivery that is not sent any more, though nobody noted how its last attempt ended.
_SENDER_DIED = Answer(status=None, error="its sender died before it could note an answer", text="", milliseconds=0)


def send_due(database: Database, receiver: Receiver, *, stopping: Callable[[], bool] = lambda: False) -> None:
    """
    Send what is due until nothing is due and nothing under way, or `stopping` says so; then what is under way ends.

    :raises TransientError: if the database is away; what was under way has ended then, too
    """
    asyncio.run(_send_due(database, receiver, stopping))


async def _send_due(database: Database, receiver: Receiver, stopping: Callable[[], bool]) -> None:
    under_way: dict[asyncio.Task[None], Parcel] = {}
    try:
        while not stopping():
            failing = sum(parcel.failing for parcel in under_way.values())
            for parcel in await _claim(database, len(under_way), failing):
                under_way[asyncio.create_task(_send(database, receiver, parcel))] = parcel
            if not under_way:
                return
            done, _ = await asyncio.wait(under_way, timeout=LOOK_AGAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                del under_way[task]
    finally:
        if under_way:
            await asyncio.wait(under_way)


async def _claim(database: Database, under_way: int, failing: int) -> list[Parcel]:
    if under_way >= AT_ONCE:
        return []
    return await asyncio.to_thread(
        database.write, claim_parcels, limit=AT_ONCE - under_way, failing_limit=AT_ONCE_FAILING - failing
    )


async def _send(database: Database, receiver: Receiver, parcel: Parcel) -> None:
    try:
        # Senders that died have used its attempts up; it may be what they died of.
        over = parcel.attempt > attempts_for(parcel.type)
        answer = _SENDER_DIED if over else await _post(receiver, parcel)
        await asyncio.to_thread(database.write, note_outcome, parcel=parcel, answer=answer)
    except TransientError as error:
        # It may have arrived, and nobody will know: it is sent again, as what it was, when its lease has ended.
        log.warning("the outcome of a delivery to webhook %s could not be noted: %s", parcel.webhook_id, error)
    except (AerosagaError, LookupError) as error:
        log.error("a delivery to webhook %s failed by a fault of ours: %s", parcel.webhook_id, error)


async def _post(receiver: Receiver, parcel: Parcel) -> Answer:
    try:
        secrets = [unseal(secret, purpose=PURPOSE) for secret in parcel.secrets]
    except Unsealable as error:
        log.error("webhook %s cannot be signed for: %s", parcel.webhook_id, error)
        return Answer(status=None, error="its secret cannot be read; rotate it", text="", milliseconds=0)
    # Receivers go by the world's clock and refuse what was signed at another time; the demo's is moved ahead of it.
    at = parcel.at - timedelta(seconds=clock.ahead())
    headers = sign(message_id=str(parcel.event_id), at=at, body=parcel.body, secrets=secrets)
    return await receiver.deliver(url=parcel.url, headers=headers, body=parcel.body.encode())
