"""
The saga as a Restate handler whose steps are durable `ctx.run`s on PostgreSQL.

Clients post to Restate's ingress (/Reservations/create/send, answered with an invocation id, which is the
reservation's id), as Restate's documents advise for what is not waited for.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any, TypedDict

import asyncpg
import restate
import saga_sql

CONNECTIONS = 4
_pool: Any = None
_opening = asyncio.Lock()


class Reservation(TypedDict):
    passenger: str
    seat: int
    amount: int
    currency: str
    payment_token: str


async def no_reset(_: Any) -> None:
    """Save a round trip: the statements leave nothing behind in a connection."""


async def pool() -> Any:
    """Return this process's connections."""
    global _pool
    if _pool is None:
        async with _opening:
            if _pool is None:
                _pool = await asyncpg.create_pool(
                    os.environ["PG_DSN"], min_size=CONNECTIONS, max_size=CONNECTIONS, reset=no_reset
                )
    return _pool


async def book(number: str, wanted: Reservation) -> str:
    return str(await (await pool()).fetchval(saga_sql.BOOK, number, wanted["passenger"], wanted["seat"]))


async def pay(number: str, wanted: Reservation) -> str:
    token = wanted["payment_token"]
    values = (number, wanted["amount"], wanted["currency"], token, saga_sql.status_of(token))
    return str(await (await pool()).fetchval(saga_sql.PAY, *values))


async def confirm(number: str) -> None:
    await (await pool()).execute(saga_sql.CONFIRM, number)


async def release(number: str) -> None:
    await (await pool()).execute(saga_sql.RELEASE, number)


reservations = restate.Service("Reservations")


@reservations.handler("create")
async def create(ctx: restate.Context, wanted: Reservation) -> str:
    number, options = ctx.request().id, restate.RunOptions()
    if await ctx.run_typed("book", book, options, number, wanted) != "pending":
        return "failed"
    if await ctx.run_typed("pay", pay, options, number, wanted) == "authorized":
        await ctx.run_typed("confirm", confirm, options, number)
        return "confirmed"
    await ctx.run_typed("release", release, options, number)
    return "failed"


app = restate.app([reservations])
