"""One HTTP POST, over a connection of its own."""

from __future__ import annotations

import asyncio
import ssl
from typing import NamedTuple
from urllib.parse import urlsplit

_KEPT_OF_ANSWER = 2000


class Reply(NamedTuple):
    """What came back: the status, and the beginning of the rest for the log."""

    status: int
    text: str


async def post(url: str, headers: dict[str, str], body: bytes, seconds: float) -> Reply:
    """Send ``body`` and wait for an answer; raises ``OSError`` (timeouts included) if none came.

    Redirects are not followed: to Stripe they are failures (stripe.md, "Events and webhooks").
    """
    return await asyncio.wait_for(_post(url, headers, body), seconds)


async def _post(url: str, headers: dict[str, str], body: bytes) -> Reply:
    parts = urlsplit(url)
    secure = ssl.create_default_context() if parts.scheme == "https" else None
    port = parts.port or (443 if secure else 80)
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=secure)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [f"POST {target} HTTP/1.1", f"Host: {parts.netloc.rpartition('@')[2]}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
        writer.write("\r\n".join(lines).encode("latin-1") + body)
        await writer.drain()
        return await _read_reply(reader)
    finally:
        writer.close()


async def _read_reply(reader: asyncio.StreamReader) -> Reply:
    status_line = await reader.readline()
    words = status_line.split(maxsplit=2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        raise ConnectionError("the receiver closed the connection without an HTTP answer")
    while (line := await reader.readline()) not in (b"\r\n", b"\n", b""):
        if len(line) > 32_000:
            raise ConnectionError("the receiver's headers are too long")
    rest = await reader.read(_KEPT_OF_ANSWER)
    return Reply(int(words[1]), rest.decode("utf-8", "replace"))
