"""
The saga as a DBOS workflow: book, pay, confirm or release, each an idempotent step on PostgreSQL.

Two processes on one listening socket, each an executor with a stable id so that one that was restarted takes up its
own workflows; four workflow threads and two endpoint threads each: the best of what was tried on two cores.
"""

from __future__ import annotations

import os
import signal
import socket
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio
import saga_sql
import uvicorn
from dbos import DBOS, DBOSConfig, SetWorkflowID
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from psycopg import RawCursor
from psycopg_pool import ConnectionPool
from pydantic import BaseModel

DSN, PORT = os.environ["PG_DSN"], int(os.environ["PORT"])
SYSTEM_DSN = DSN.rsplit("/", 1)[0] + "/dbos_sys"
WORKERS, THREADS, HTTP_THREADS = 2, 4, 2


class Reservation(BaseModel):
    passenger: str
    seat: int
    amount: int
    currency: str
    payment_token: str


def workflow(pool: ConnectionPool[Any]) -> Callable[..., str]:
    """Return the saga, whose steps use these connections."""

    def step(name: str, sql: str) -> Callable[..., Any]:
        @DBOS.step(name=name)
        def run(*values: Any) -> Any:
            with pool.connection() as connection:
                cursor = connection.execute(sql, values)
                row = cursor.fetchone() if cursor.description else None
                return row[0] if row else None

        return run

    book, pay = step("book", saga_sql.BOOK), step("pay", saga_sql.PAY)
    confirm, release = step("confirm", saga_sql.CONFIRM), step("release", saga_sql.RELEASE)

    @DBOS.workflow()
    def reserve(number: str, wanted: dict[str, Any]) -> str:
        if book(number, wanted["passenger"], wanted["seat"]) != "pending":
            return "failed"
        token = wanted["payment_token"]
        if pay(number, wanted["amount"], wanted["currency"], token, saga_sql.status_of(token)) == "authorized":
            confirm(number)
            return "confirmed"
        release(number)
        return "failed"

    return reserve


def serve(listening: socket.socket, slot: int) -> None:
    """Be one of the processes."""
    config: DBOSConfig = {
        "name": "bench-dbos",
        "system_database_url": SYSTEM_DSN,
        "application_version": "1",
        "executor_id": f"worker-{slot}",
        "sys_db_pool_size": 4 + THREADS + HTTP_THREADS,
        "db_engine_kwargs": {"pool_pre_ping": False},
        "log_level": "WARNING",
        "max_executor_threads": THREADS,
    }
    DBOS(config=config)
    settings = {"autocommit": True, "cursor_factory": RawCursor}
    pool = ConnectionPool(DSN, min_size=THREADS, max_size=THREADS, open=False, kwargs=settings)
    reserve = workflow(pool)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = HTTP_THREADS
        pool.open(wait=True)
        DBOS.launch()
        yield
        DBOS.destroy()

    app = FastAPI(lifespan=lifespan)

    @app.get("/health")
    async def health() -> dict[str, bool]:
        return {"ok": True}

    @app.post("/reservations")
    def post(wanted: Reservation) -> JSONResponse:
        number = str(uuid.uuid4())
        with SetWorkflowID(number):
            DBOS.start_workflow(reserve, number, wanted.model_dump())
        return JSONResponse({"id": number, "status": "pending"}, status_code=202)

    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listening])


def main() -> None:
    """Make DBOS's tables, then run the processes until told to stop."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", PORT))
    listening.listen(1024)
    # In a process of its own, since a process that has used DBOS cannot be forked.
    if os.fork() == 0:
        DBOS.migrate(SYSTEM_DSN)
        os._exit(0)
    if os.wait()[1] != 0:
        raise SystemExit("DBOS could not make its tables")
    children = []
    for slot in range(WORKERS):
        child = os.fork()
        if child == 0:
            serve(listening, slot)
            os._exit(0)
        children.append(child)

    def stop(*_: Any) -> None:
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    for _ in children:
        with suppress(ChildProcessError):
            os.wait()


if __name__ == "__main__":
    main()
