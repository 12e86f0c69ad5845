"""A TCP proxy that can be made as bad as a network: slow, cut, half-open, one-way, sliced, reset, or losing answers."""

import asyncio
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass

from deploy.ports import LOOPBACK

CHUNK = 64 * 1024
# How often a stalled or slowed pump looks whether it may go on.
LOOK_SECONDS = 0.05
# Closing with this option sends RST instead of FIN.
_RST = struct.pack("ii", 1, 0)
# COM_QUERY and its text, as MariaDB's client writes a COMMIT.
COMMIT = b"\x03COMMIT"


@dataclass(kw_only=True)
class Toxics:
    """
    What is wrong with a link now; as made, nothing is.

    `latency_seconds` is added each way. `bytes_per_second` and `slice_bytes` hold for each connection and direction.
    A stalled direction keeps its connections and lets nothing through; what was sent arrives when it is over, as after
    a partition. A `refusing` link takes no connection. With `loses_commits`, each connection to a MariaDB is reset
    after the server has got a COMMIT and before its answer is passed on.
    """

    latency_seconds: float = 0.0
    bytes_per_second: int | None = None
    slice_bytes: int | None = None
    stalls_up: bool = False
    stalls_down: bool = False
    refusing: bool = False
    loses_commits: bool = False


class Proxy:
    """One link: listens on `port`, connects to `target`, both on 127.0.0.1. All methods run in one event loop."""

    def __init__(self, *, port: int, target: int) -> None:
        self.port = port
        self.target = target
        self.toxics = Toxics()
        self.lost_commits = 0
        self.connections = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def become(self, toxics: Toxics) -> None:
        """Be as bad as this from now on; connections that are open notice."""
        self.toxics = toxics
        if toxics.refusing:
            await self._stop_listening()
            await self.reset()
        else:
            await self.listen()

    async def listen(self) -> None:
        """Take connections, unless that is done already."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, LOOPBACK, self.port, limit=CHUNK)

    async def reset(self) -> None:
        """End every open connection with RST, at both ends."""
        for writer in list(self._open):
            _reset(writer)

    async def close(self) -> None:
        """Stop listening and end what is open."""
        await self._stop_listening()
        await self.reset()

    async def _stop_listening(self) -> None:
        if self._server is not None:
            server, self._server = self._server, None
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        self.connections += 1
        try:
            up_reader, up_writer = await asyncio.open_connection(LOOPBACK, self.target, limit=CHUNK)
        except OSError:
            self._open.discard(writer)
            _reset(writer)
            return
        ends = (writer, up_writer)
        self._open.update(ends)
        committing = asyncio.Event()
        try:
            # As soon as one side has ended, so has the other: none of our protocols lives half-closed.
            pumps = {
                asyncio.create_task(self._pump(reader, up_writer, up=True, committing=committing)),
                asyncio.create_task(self._pump(up_reader, writer, up=False, committing=committing)),
            }
            _, rest = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in rest:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
        finally:
            self._open.difference_update(ends)
            for end in ends:
                end.close()
            for end in ends:
                with suppress(OSError):
                    await end.wait_closed()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool, committing: asyncio.Event
    ) -> None:
        while data := await reader.read(CHUNK):
            if up and self.toxics.loses_commits and data[4 : 4 + len(COMMIT)] == COMMIT:
                committing.set()
            if not up and committing.is_set():
                self.lost_commits += 1
                _reset(writer)
                return
            await self._write(writer, data, up=up)

    async def _write(self, writer: asyncio.StreamWriter, data: bytes, *, up: bool) -> None:
        if self.toxics.latency_seconds:
            await asyncio.sleep(self.toxics.latency_seconds)
        while data:
            if self.toxics.stalls_up if up else self.toxics.stalls_down:
                await asyncio.sleep(LOOK_SECONDS)
                continue
            rate = self.toxics.bytes_per_second
            size = max(1, int(rate * LOOK_SECONDS)) if rate else self.toxics.slice_bytes or len(data)
            writer.write(data[:size])
            await writer.drain()
            data = data[size:]
            if rate:
                await asyncio.sleep(LOOK_SECONDS)
            elif data:
                await asyncio.sleep(0.001)  # so that each slice is a segment of its own


def _reset(writer: asyncio.StreamWriter) -> None:
    end = writer.get_extra_info("socket")
    if end is not None:
        with suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST)
    writer.transport.abort()
