"""A small HTTP load driver: N clients, each with one kept-alive connection and no think time.

Raw sockets, because driver, server and database share two cores and a full client library would
take a third of them.
"""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

Request = Callable[[], bytes | None]  # the next request's bytes; None when there is none left


@dataclass
class Result:
    """What one run saw, after the warm-up."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers with a 2xx status per second."""
        good = sum(n for status, n in self.statuses.items() if 200 <= status < 300)
        return good / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Latency in milliseconds below which `share` of the answers came."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else 0.0

    def __str__(self) -> str:
        bad = {status: n for status, n in self.statuses.items() if not 200 <= status < 300}
        note = f"  other answers: {bad}" if bad else ""
        return (
            f"{self.rate:8.0f}/s   p50 {self.percentile(0.5):6.1f} ms"
            f"   p95 {self.percentile(0.95):6.1f} ms{note}"
        )


class Connection:
    """One kept-alive HTTP/1.1 connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def send(self, request: bytes) -> tuple[int, bytes]:
        """Send prepared bytes and read the answer: its status and body."""
        self._socket.sendall(request)
        data = self._rest
        while b"\r\n\r\n" not in data:
            data += self._receive()
        head, _, body = data.partition(b"\r\n\r\n")
        length = _content_length(head)
        while len(body) < length:
            body += self._receive()
        self._rest = body[length:]
        return int(head[9:12]), body[:length]

    def _receive(self) -> bytes:
        part = self._socket.recv(65536)
        if not part:
            raise ConnectionError("the server closed the connection")
        return part


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    raise ValueError("an answer without a length")


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of one request; underscores in header names stand for hyphens."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def load(
    port: int, next_request: Request, *, clients: int = 8, warm_up: float = 2, seconds: float = 8
) -> Result:
    """Send requests from `clients` connections for `seconds` after `warm_up`, or until none is
    left."""
    result = Result()
    lock = threading.Lock()
    start = time.perf_counter() + warm_up
    end = start + seconds

    def client() -> None:
        connection, seen, latencies = Connection(port), Counter[int](), []
        while (began := time.perf_counter()) < end and (prepared := next_request()) is not None:
            status, _ = connection.send(prepared)
            if began >= start:
                seen[status] += 1
                latencies.append(time.perf_counter() - began)
        with lock:
            result.statuses.update(seen)
            result.latencies += latencies

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.seconds = min(time.perf_counter(), end) - start
    return result
