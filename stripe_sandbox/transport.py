"""From an HTTP request under ``/v1`` to Stripe's answer (stripe.md, "Transport")."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import json
import logging
import re
import time
from dataclasses import dataclass
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from . import API_VERSION, forms
from .call import Call, Origin
from .conformance.watch import Watch
from .errors import (
    ApiError,
    AuthenticationError,
    InvalidParamsError,
    RateLimitError,
    StripeError,
)
from .expand import expand
from .faults import Rule
from .params import Fields, ListOf, Text
from .router import Route, Router
from .routes import ROUTES
from .sandbox import Sandbox

#: What ``serve.py`` puts into the scope: a way to cut the connection.
CUT = "stripe_sandbox.cut"
MAX_BODY = 1_000_000

_KEY = re.compile(r"(sk|rk)_test_\w+\Z", re.ASCII)
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.\w+)?\Z", re.ASCII)
_TYPES_RETIRED = "2026-09-30"

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

log = logging.getLogger(__name__)


@dataclass
class Request:
    """An API request as it came in."""

    method: str
    path: str
    query: bytes
    body: bytes
    headers: dict[bytes, str]
    scheme: str
    id: str
    version: str
    params: dict[str, Any]

    def header(self, name: bytes) -> str | None:
        """The value of a header, given in lower case; empty ones count as absent."""
        return self.headers.get(name) or None


@dataclass
class Answer:
    """Status and JSON body, and whether they were given before."""

    status: int
    body: bytes
    replayed: bool = False


class Api:
    """The ASGI endpoint for everything under ``/v1``."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._router = Router(ROUTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call: have it go wrong if the plan says so, and write it down."""
        started, resets = time.perf_counter(), self._sandbox.resets
        request = await self._read(scope, receive)
        self._sandbox.run_due()
        fault = self._sandbox.faults.for_call(request.method, request.path)
        kind = fault.kind if fault else None
        answer = None if kind == "refuse" else await self._answer(request, fault)
        if resets == self._sandbox.resets:  # or it belongs to what is forgotten
            self._write_down(request, answer, kind, started)
        if self._sandbox.watch is not None and answer is not None:
            _check(self._sandbox.watch, request, answer)
        if answer is None or kind == "drop_reply":
            await _cut(scope, receive)
        else:
            pause = fault.seconds if fault and kind == "trickle" else None
            await _send(send, request, answer, pause)

    async def _read(self, scope: Scope, receive: Receive) -> Request:
        body = b""
        more = True
        while more:
            message: Message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False) and len(body) <= MAX_BODY
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        return Request(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"],
            body=body,
            headers=headers,
            scheme=scope["scheme"],
            id=self._sandbox.ids.new("req_", 14),
            version=headers.get(b"stripe-version") or self._sandbox.settings.api_version,
            params={},
        )

    async def _answer(self, request: Request, fault: Rule | None) -> Answer:
        try:
            if fault and fault.kind == "status_429":
                raise RateLimitError("Too many requests in a period of time.", code="rate_limit")
            _authenticate(request)
            return await self._keyed(request, fault)
        except StripeError as error:
            return self._failure(request, error)
        except Exception:
            log.exception("%s %s broke the sandbox", request.method, request.path)
            if self._sandbox.watch is not None:
                self._sandbox.watch.broken(request.method, request.path, request.id)
            return self._failure(request, ApiError("The sandbox itself broke; see its log."))

    async def _keyed(self, request: Request, fault: Rule | None) -> Answer:
        """Answer under the call's idempotency key, if it has one."""
        if len(request.body) > MAX_BODY:
            raise InvalidParamsError("The request body is too large.", status=413)
        request.params = forms.decode(request.body, request.query)
        key = request.header(b"idempotency-key") if request.method == "POST" else None
        if key is None:
            answer, _ = await self._executed(request, fault)
            return answer
        keys = self._sandbox.idempotency
        account = request.header(b"stripe-account") or ""
        slot = f"{account}:{key}" if account else key
        saved = keys.begin(slot, _fingerprint(request))
        if saved is not None and saved.body is not None:
            return Answer(saved.status, saved.body, replayed=True)
        keep = False
        try:
            answer, keep = await self._executed(request, fault)
        finally:
            if keep:
                keys.finish(slot, answer.status, answer.body)
            else:
                keys.abandon(slot)
        return answer

    async def _executed(self, request: Request, fault: Rule | None) -> tuple[Answer, bool]:
        """The answer, and whether execution had begun, so that it is to be kept."""
        try:
            if fault and fault.kind == "saved_500" and not fault.execute:
                raise ApiError("An unknown error occurred.")
            answer = Answer(200, _json(self._execute(request)))
            if fault and fault.kind == "saved_500":
                raise ApiError("An unknown error occurred.")
            result = answer, True
        except StripeError as error:
            result = self._failure(request, error), error.executed
        if fault and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        return result

    def _execute(self, request: Request) -> dict[str, Any]:
        found = self._router.find(request.method, request.path)
        if found is None:
            raise InvalidParamsError(
                f"Unrecognized request URL ({request.method}: {request.path}). Please see "
                "https://stripe.com/docs or we can help at https://support.stripe.com/.",
                status=404,
            )
        route, ids = found
        if not _VERSION.match(request.version):
            raise InvalidParamsError(f"Invalid Stripe API version: {request.version[:50]}")
        params = _accepted(route, request.version).read(request.params)
        paths = params.pop("expand", [])
        call = Call(
            path=request.path,
            ids=ids,
            params=params,
            origin=Origin(request.id, request.header(b"idempotency-key")),
            base_url=self._base_url(request),
        )
        return expand(self._sandbox, route.handler(self._sandbox, call), paths)

    def _base_url(self, request: Request) -> str:
        public = self._sandbox.settings.public_url
        return public or f"{request.scheme}://{request.header(b'host') or 'localhost'}"

    def _failure(self, request: Request, error: StripeError) -> Answer:
        log_url = f"{self._base_url(request)}/_sandbox/journal?request_id={request.id}"
        return Answer(error.status, _json(error.body(log_url)))

    def _write_down(
        self, request: Request, answer: Answer | None, fault: str | None, started: float
    ) -> None:
        self._sandbox.journal.record(
            "call",
            answer=answer.body if answer else None,
            at=self._sandbox.clock.time(),
            method=request.method,
            path=request.path,
            params=_presentable(request.params),
            idempotency_key=request.header(b"idempotency-key"),
            status=answer.status if answer else None,
            replayed=answer.replayed if answer else False,
            fault=fault,
            request_id=request.id,
            milliseconds=round((time.perf_counter() - started) * 1000, 2),
        )


def _check(watch: Watch, request: Request, answer: Answer) -> None:
    """Compare a call with Stripe's description, which is of one version of the API."""
    if request.version == API_VERSION:
        watch.call(
            request.method, request.path, request.params, answer.status, answer.body, request.id
        )


def _accepted(route: Route, version: str) -> Fields:
    """What the route accepts in that version of the API."""
    if "payment_method_types" in route.params.members and version < _TYPES_RETIRED:
        members = {**route.params.members, "payment_method_types": ListOf(Text())}
        return Fields(members, route.params.required)
    return route.params


def _presentable(params: dict[str, Any]) -> dict[str, Any]:
    """The parameters without a typed card or account number: it might be a real one."""
    described = params.get("payment_method_data")
    if isinstance(described, dict):
        params = {**params, "payment_method_data": _presentable(described)}
    if "sepa_debit" in params:
        params = {**params, "sepa_debit": "****"}
    card = params.get("card")
    if isinstance(card, dict) and "number" in card:
        return {**params, "card": {**card, "number": "****", "cvc": "***"}}
    return params


def _authenticate(request: Request) -> None:
    key = _key(request.header(b"authorization") or "")
    if not key:
        raise AuthenticationError(
            "You did not provide an API key. You need to provide your API key in the "
            "Authorization header, using Bearer auth (e.g. 'Authorization: Bearer "
            "YOUR_SECRET_KEY')."
        )
    if key.startswith("pk_"):
        raise AuthenticationError(
            "This API call cannot be made with a publishable API key. Please use a secret API key.",
            code="secret_key_required",
        )
    if not _KEY.match(key):
        hint = " (the sandbox takes no live keys)" if "_live_" in key else ""
        raise AuthenticationError(f"Invalid API Key provided: {key[:8]}****{hint}")


def _key(authorization: str) -> str:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(credentials, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def _fingerprint(request: Request) -> bytes:
    named = json.dumps([request.method, request.path, request.params], sort_keys=True)
    return hashlib.sha256(named.encode()).digest()


def _json(document: dict[str, Any]) -> bytes:
    return _encode(document).encode()


async def _cut(scope: Scope, receive: Receive) -> None:
    """Close the connection without a word, and wait until it is closed."""
    scope[CUT]()
    while (await receive())["type"] != "http.disconnect":
        continue


async def _send(send: Send, request: Request, answer: Answer, pause: float | None) -> None:
    """Send the answer; with a ``pause``, byte by byte and so many seconds apart."""
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(answer.body)).encode()),
        (b"request-id", request.id.encode()),
        (b"stripe-version", request.version.encode("latin-1")),
    ]
    if request.method == "POST" and (key := request.header(b"idempotency-key")):
        headers.append((b"idempotency-key", key.encode("latin-1")))
    if answer.replayed:
        headers.append((b"idempotent-replayed", b"true"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if pause is not None:
        for place in range(len(answer.body)):
            byte = answer.body[place : place + 1]
            await send({"type": "http.response.body", "body": byte, "more_body": True})
            await asyncio.sleep(pause)
    rest = b"" if pause is not None else answer.body
    await send({"type": "http.response.body", "body": rest})
