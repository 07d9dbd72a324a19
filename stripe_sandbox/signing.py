"""Bodies of webhooks and their signatures (stripe.md, "Events and webhooks"), true or forged."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .faults import Rule
    from .store import Obj


def signature(body: bytes, secrets: Iterable[str], timestamp: int) -> str:
    """The ``Stripe-Signature`` header: one ``v1`` per secret."""
    signed = str(timestamp).encode() + b"." + body
    marks = [hmac.new(s.encode(), signed, hashlib.sha256).hexdigest() for s in secrets]
    return ",".join([f"t={timestamp}", *(f"v1={mark}" for mark in marks)])


def signed(event: Obj, secrets: list[str], forgery: Rule | None = None) -> tuple[bytes, str]:
    """The body of a webhook and its signature; ``forgery`` tells what is to be wrong with them.

    Receivers compare the time with their own clock (±300 s), which the sandbox cannot move: so it
    is real time that is signed, wherever the sandbox's clock stands.
    """
    kind = forgery.kind if forgery else None
    now = int(time.time())
    if forgery and kind == "stale":
        now -= int(forgery.seconds)
    if forgery and kind == "other_secret":
        secrets = [forgery.secret]
    if kind == "other_livemode":
        event = {**event, "livemode": not event["livemode"]}
    body = _encoded(event)
    mark = signature(body, secrets, now)
    return (_encoded(_tampered(event)) if kind == "tamper" else body), mark


def _encoded(event: Obj) -> bytes:
    return json.dumps(event, ensure_ascii=False, indent=2).encode()


def _tampered(event: Obj) -> Obj:
    """The event as a thief would like it: more money, and a mark by which a test knows it."""
    more = {
        name: value + 100_00
        for name, value in event["data"]["object"].items()
        if name.startswith("amount") and isinstance(value, int)
    }
    obj = {**event["data"]["object"], **more, "metadata": {"tampered": "true"}}
    return {**event, "data": {**event["data"], "object": obj}}
