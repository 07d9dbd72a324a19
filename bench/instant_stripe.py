"""A stand-in for Stripe that answers at once: what is measured is our side.

`uvicorn bench.instant_stripe:app`. `DELAY` in the environment is seconds before each answer.
"""

import asyncio
import itertools
import os
from typing import Any

_numbers = itertools.count(1)
_DELAY = float(os.environ.get("DELAY", "0"))


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Any POST makes a Checkout Session; its id says which one it was."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    if _DELAY:
        await asyncio.sleep(_DELAY)
    session = f"cs_test_bench_{os.getpid()}_{next(_numbers)}"
    body = (
        f'{{"id": "{session}", "object": "checkout.session", "status": "open",'
        f' "url": "https://checkout.stripe.com/c/pay/{session}"}}'
    ).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
