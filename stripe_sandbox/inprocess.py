"""A sandbox inside the process that uses it: Stripe's own SDK, and no port or socket.

    with InProcess(Settings(seed=1)) as sandbox:
        client = sandbox.client()
        client.v1.customers.create({"name": "Alice"})
        sandbox.control("POST", "/_sandbox/clock/advance", {"seconds": 3600})

The one module that needs ``stripe`` itself.
"""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import stripe

from .app import App, build
from .sandbox import Settings
from .transport import CUT

T = TypeVar("T")

#: Names a place that there is not: nothing is ever sent there.
BASE = "http://stripe-sandbox.invalid"


class Reply(NamedTuple):
    """An answer of the application."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class InProcess:
    """Runs a sandbox on a thread of its own, between ``with`` and the end of its block."""

    def __init__(self, settings: Settings | None = None, webhooks: Mapping[str, str] | None = None):
        """``webhooks`` are addresses and their secrets; these are called over HTTP."""
        settings = settings or Settings()
        receivers = [(url, [secret]) for url, secret in (webhooks or {}).items()]
        self._app = build(replace(settings, public_url=settings.public_url or BASE), receivers)
        self.sandbox = self._app.sandbox
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._stack = AsyncExitStack()

    def __enter__(self) -> InProcess:
        self._thread.start()
        self._wait_for(self._stack.enter_async_context(self._app.running()))
        return self

    def __exit__(self, *_: object) -> None:
        self._wait_for(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def client(self, key: str = "sk_test_in_process", **options: Any) -> stripe.StripeClient:
        """Stripe's SDK over this sandbox; it tries each call once unless told otherwise."""
        options = {"max_network_retries": 0, "http_client": InProcessClient(self), **options}
        return stripe.StripeClient(key, base_addresses={"api": BASE}, **options)

    def control(self, method: str, path: str, document: Any = None) -> Any:
        """Call the control API; returns the document that it answers."""
        body = b"" if document is None else json.dumps(document).encode()
        return json.loads(self._wait_for(_call(self._app, method, path, {}, body)).body)

    def send(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, seconds: float
    ) -> Reply:
        """One request; raises ``TimeoutError``, or ``ConnectionError`` when it was cut off.

        As with a real connection, a call that is waited for no longer is executed all the same.
        """
        call = _call(self._app, method, target, headers, body)
        return asyncio.run_coroutine_threadsafe(call, self._loop).result(seconds)

    def _wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class InProcessClient(stripe.HTTPClient):
    """What the SDK sends its requests with, in the place of ``requests`` or ``httpx``."""

    name = "in_process"

    def __init__(self, sandbox: InProcess, timeout: float = 80.0) -> None:
        super().__init__()
        self._sandbox = sandbox
        self._timeout = timeout

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        **_: Any,
    ) -> tuple[Any, int, Mapping[str, str]]:
        """Call the sandbox and wait for its answer."""
        body = post_data.encode() if isinstance(post_data, str) else post_data or b""
        target = url.removeprefix(BASE)
        try:
            reply = self._sandbox.send(method.upper(), target, headers or {}, body, self._timeout)
        except OSError as problem:
            raise stripe.APIConnectionError(  # type: ignore[no-untyped-call]
                f"The sandbox gave no answer: {problem!r}", should_retry=True
            ) from None
        return reply.body, reply.status, reply.headers

    def request_stream(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        **_: Any,
    ) -> tuple[Any, int, Mapping[str, str]]:
        """The same, with the answer as a stream."""
        body, status, found = self.request(method, url, headers, post_data)
        return io.BytesIO(body), status, found

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """The same, for the SDK's asynchronous methods."""
        return await asyncio.to_thread(self.request, method, url, headers, post_data)

    def close(self) -> None:
        """There is nothing to close."""

    async def close_async(self) -> None:
        """There is nothing to close."""


async def _call(
    app: App, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> Reply:
    parts = urlsplit(target)
    incoming = [{"type": "http.request", "body": body, "more_body": False}]
    outgoing: list[Any] = []
    cut = asyncio.Event()

    async def receive() -> Any:
        if incoming:
            return incoming.pop()
        await cut.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        outgoing.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": parts.path,
        "query_string": parts.query.encode(),
        "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in headers.items()],
        "scheme": "http",
        CUT: cut.set,
    }
    await app(scope, receive, send)
    if cut.is_set():
        raise ConnectionResetError("the connection was cut")
    return _reply(outgoing)


def _reply(messages: list[Any]) -> Reply:
    start, *parts = messages
    headers = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return Reply(start["status"], headers, b"".join(part.get("body", b"") for part in parts))
