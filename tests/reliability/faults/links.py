"""Every link of a running system, each through a proxy of its own, in a thread beside the test."""

import asyncio
import threading
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from deploy import ports
from tests.reliability.faults.proxy import Proxy, Toxics

# Below the ports of the private servers, and of what the kernel hands out.
FIRST_PORT = 15_000
SECONDS = 30


class Links:
    """Made before the system starts, whose `detour` leads through it; closed after its end."""

    def __init__(self) -> None:
        self._proxies: dict[str, Proxy] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="links", daemon=True)
        self._thread.start()

    def detour(self, name: str, target: int) -> int:
        """Return the port of the proxy of a link; make it at the first ask."""
        if name not in self._proxies:
            taken = [proxy.port for proxy in self._proxies.values()]
            proxy = Proxy(port=ports.near(FIRST_PORT + len(taken), taken=taken), target=target)
            self._run(proxy.listen())
            self._proxies[name] = proxy
        return self._proxies[name].port

    @property
    def names(self) -> tuple[str, ...]:
        """The links there are, in order."""
        return tuple(sorted(self._proxies))

    @property
    def lost_commits(self) -> int:
        """How many answers to a COMMIT were never passed on."""
        return sum(proxy.lost_commits for proxy in self._proxies.values())

    def connections(self, name: str) -> int:
        """How many connections a link has had."""
        return self._proxies[name].connections

    @contextmanager
    def poisoned(self, names: Iterable[str], **toxics: Any) -> Iterator[None]:
        """Let links be as bad as this while the block runs."""
        chosen = [self._proxies[name] for name in names]
        for proxy in chosen:
            self._run(proxy.become(Toxics(**toxics)))
        try:
            yield
        finally:
            for proxy in chosen:
                self._run(proxy.become(Toxics()))

    def reset(self, name: str) -> None:
        """End every connection of a link, once."""
        self._run(self._proxies[name].reset())

    def heal(self) -> None:
        """Let every link be good."""
        for proxy in self._proxies.values():
            self._run(proxy.become(Toxics()))

    def close(self) -> None:
        """End every link."""
        for proxy in self._proxies.values():
            self._run(proxy.close())
        self._run(_nothing_left())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)


async def _nothing_left() -> None:
    """Let every connection's task end."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
