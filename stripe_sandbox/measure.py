"""``python -m stripe_sandbox.measure``: how many Checkout Sessions a second one process creates.

The server runs in a process of its own and the client in this one, over kept connections. The
rate by the clock depends on how busy the machine is; the rate per second of the server's own CPU
time is what one free core gives.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import socket
import subprocess
import sys
import time
from contextlib import suppress
from random import SystemRandom

_BODY = (
    b"mode=payment&success_url=http%3A%2F%2Fshop.test%2Fok%3Fs%3D%7BCHECKOUT_SESSION_ID%7D"
    b"&cancel_url=http%3A%2F%2Fshop.test%2Fno&client_reference_id=R-1&metadata[order]=R-1"
    b"&payment_intent_data[metadata][order]=R-1"
    b"&line_items[0][price_data][currency]=eur&line_items[0][price_data][unit_amount]=2500"
    b"&line_items[0][price_data][product_data][name]=City+bike&line_items[0][quantity]=2"
    b"&line_items[1][price_data][currency]=eur&line_items[1][price_data][unit_amount]=10000"
    b"&line_items[1][price_data][product_data][name]=Deposit&line_items[1][quantity]=1"
)


def free_port() -> int:
    """A port that nobody listens on, and that no connection is given meanwhile."""
    while True:
        port = SystemRandom().randrange(10_000, 32_768)  # the system's own choices lie above
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


async def _connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    deadline = time.monotonic() + 15
    while True:
        try:
            return await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)


async def _client(port: int, name: int, count: int) -> None:
    reader, writer = await _connect(port)
    for turn in range(count):
        head = (
            "POST /v1/checkout/sessions HTTP/1.1\r\nHost: localhost\r\n"
            "Authorization: Bearer sk_test_measure\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Idempotency-Key: {name}-{turn}\r\nContent-Length: {len(_BODY)}\r\n\r\n"
        )
        writer.write(head.encode() + _BODY)
        headers = await reader.readuntil(b"\r\n\r\n")
        if not headers.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(headers.decode("latin-1"))
        length = headers.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
    writer.close()


async def _clients(port: int, clients: int, each: int) -> float:
    await _client(port, -1, 50)
    started = time.perf_counter()
    await asyncio.gather(*(_client(port, name, each) for name in range(clients)))
    return time.perf_counter() - started


def main() -> int:
    """Measure, and print one line."""
    options = argparse.ArgumentParser(prog="python -m stripe_sandbox.measure", description=__doc__)
    options.add_argument("--clients", type=int, default=8)
    options.add_argument("--sessions", type=int, default=5000)
    wish = options.parse_args()
    each = wish.sessions // wish.clients
    port = free_port()
    command = [sys.executable, "-m", "stripe_sandbox", "--port", str(port)]
    server = subprocess.Popen(command)  # noqa: S603 - our own module, our own arguments
    try:
        took = asyncio.run(_clients(port, wish.clients, each))
    finally:
        server.terminate()
        server.wait()
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    made = each * wish.clients
    sys.stdout.write(
        f"{made} sessions, {wish.clients} clients: {made / took:.0f}/s by the clock, "
        f"{made / (spent.ru_utime + spent.ru_stime):.0f}/s per second of the server's CPU "
        f"(start-up included), {spent.ru_maxrss // 1024} MiB at most\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
