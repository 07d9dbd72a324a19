"""How the SDK's requests travel."""

import time
from collections.abc import Mapping
from typing import Any

import stripe
import urllib3


class Transport(stripe.HTTPClient):
    """The SDK's HTTP over urllib3 directly: half the time of its own, one deadline for the whole
    body instead of one per read, and no redirects (rule R25)."""

    name = "urllib3"

    def __init__(self, timeout: float) -> None:
        super().__init__()
        self._timeout = timeout
        self._pool = urllib3.PoolManager(
            maxsize=64,
            retries=False,
            timeout=urllib3.Timeout(connect=2, total=timeout),
            ca_certs=stripe.ca_bundle_path,
        )

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        deadline = time.monotonic() + self._timeout
        try:
            answer = self._pool.request(
                method, url, body=post_data, headers=dict(headers or {}), preload_content=False
            )
            body = _read(answer, deadline)
        except urllib3.exceptions.HTTPError as error:
            # Not where we waited in vain: the customer has waited with us (predicate P6).
            retry = not isinstance(error, urllib3.exceptions.TimeoutError)
            unreachable = stripe.APIConnectionError(  # type: ignore[no-untyped-call]
                type(error).__name__, should_retry=retry
            )
            raise unreachable from error
        return body.decode(errors="replace"), answer.status, answer.headers


def _read(answer: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    """The body, however it drips: urllib3's own limit is for each piece of it."""
    pieces = []
    while piece := answer.read1(65536):
        pieces.append(piece)
        if time.monotonic() > deadline:
            answer.close()
            raise urllib3.exceptions.TimeoutError
    answer.release_conn()
    return b"".join(pieces)
