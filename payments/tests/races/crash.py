"""A child process that is killed at a message it sends; see test_crash_sweep.py."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, connections

from payments.tests.races.proxy import (
    Folder,
    Proxy,
    Strike,
    StrikeAfter,
    StrikeBefore,
    Watch,
    tcp_proxy,
)
from payments.tests.sandbox import Sandbox

Flow = Callable[[], object]


@dataclass
class Wires:
    """The proxies before the two outside parts, and how a child is led over them."""

    database: Proxy
    stripe: Proxy
    folder: str
    stripe_address: str
    killed: int = 0

    def run(self, flow: Flow, database: Strike, stripe: Strike) -> None:
        """Run `flow` in a child that ends, by itself or by a strike."""
        self.database.arm(database)
        self.stripe.arm(stripe)
        connections.close_all()
        ready, go = os.pipe()
        child = os.fork()
        if child == 0:
            self._live(flow, ready)
        for strike in (database, stripe):
            if isinstance(strike, StrikeBefore | StrikeAfter):
                strike.blow = partial(os.kill, child, signal.SIGKILL)
        os.write(go, b".")
        _, status = os.waitpid(child, 0)
        self.killed += os.WIFSIGNALED(status)
        os.close(ready)
        os.close(go)
        self.database.cut()
        self.stripe.cut()

    def _live(self, flow: Flow, ready: int) -> None:
        try:
            os.read(ready, 1)
            options = connections["default"].settings_dict
            options["HOST"], options["PORT"] = self.folder, ""
            options["OPTIONS"] = {**options["OPTIONS"]}
            options["OPTIONS"].pop("host", None)
            settings.STRIPE_API_BASE = self.stripe_address
            flow()
        finally:
            os._exit(0)


@contextmanager
def wires_to(sandbox: Sandbox) -> Iterator[Wires]:
    """Proxies before the test's database and `sandbox`."""
    options = connection.settings_dict
    host = options["HOST"] or options["OPTIONS"].get("host", "localhost")
    folder = Folder(host, str(options["PORT"] or ""))
    address = urlsplit(sandbox.address)
    stripe, port = tcp_proxy(address.hostname or "", address.port or 80)
    with folder.proxy() as database, stripe:
        yield Wires(database, stripe, folder.path, f"http://127.0.0.1:{port}")


@dataclass
class Count:
    """What an undisturbed run sent."""

    database: Watch
    stripe: Watch

    def blows(self, wires: Wires) -> Iterator[tuple[Strike, Strike]]:
        """A strike for each point, on one wire or the other; at the end, each must have killed."""
        yield from _all_kill(wires, list(self._points()))

    def worlds(self, wires: Wires) -> Iterator[tuple[Strike, Strike]]:
        """The same for each state that a kill can leave the world in, which are fewer; the latest
        first.

        Between two answers by which something became durable nothing does, so a kill right after
        each of them, and one right before each commit, is a kill at any message.
        """
        yield from _all_kill(wires, list(self._worlds())[::-1])

    def _worlds(self) -> Iterator[tuple[Strike, Strike]]:
        for number in self.database.durable:
            if number > 1 and number - 1 not in self.database.durable:
                yield StrikeBefore(number, _nothing), Watch()
            yield StrikeAfter(number, _nothing), Watch()
        for number in self.stripe.durable:
            yield Watch(), StrikeAfter(number, _nothing)

    def _points(self) -> Iterator[tuple[Strike, Strike]]:
        for number in range(1, self.database.messages + 1):
            yield StrikeBefore(number, _nothing), Watch()
        for number in self.database.durable:
            yield StrikeAfter(number, _nothing), Watch()
        for number in range(1, self.stripe.messages + 1):
            yield Watch(), StrikeBefore(number, _nothing)
        for number in self.stripe.durable:
            yield Watch(), StrikeAfter(number, _nothing)


def _nothing() -> None:
    """Until a child is there to be killed."""


def _all_kill(wires: Wires, points: list[tuple[Strike, Strike]]) -> Iterator[tuple[Strike, Strike]]:
    yield from points
    assert wires.killed == len(points), (wires.killed, len(points))


def counted(wires: Wires, flow: Flow) -> Count:
    count = Count(Watch(), Watch())
    wires.run(flow, count.database, count.stripe)
    return count
