"""What a handler is told about the call that it serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Origin:
    """The request that caused an event; both empty where Stripe acted by itself."""

    request_id: str | None = None
    idempotency_key: str | None = None


NO_REQUEST = Origin()


@dataclass(frozen=True)
class Call:
    """One API call, authenticated and with its parameters checked and converted."""

    path: str
    ids: tuple[str, ...]
    params: dict[str, Any]
    origin: Origin
    base_url: str

    @property
    def id(self) -> str:
        """The id in the path."""
        return self.ids[0]
