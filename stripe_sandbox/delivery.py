"""Who gets webhooks, and one event on its way there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .faults import Rule
    from .store import Obj


@dataclass
class Endpoint:
    """A receiver. While a secret rolls there are several, and each signs."""

    id: str
    url: str
    secrets: list[str]
    created: int = 0
    enabled_events: list[str] = field(default_factory=lambda: ["*"])
    #: The version that its events bear; by default the sandbox's.
    api_version: str | None = None
    description: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    disabled: bool = False
    #: Secrets that were rolled, and until when on the sandbox's clock they sign too.
    retiring: list[tuple[str, float]] = field(default_factory=list)

    def wants(self, event_type: str) -> bool:
        """Whether it is to hear of such events."""
        wanted = self.enabled_events
        return not self.disabled and ("*" in wanted or event_type in wanted)

    def signing_secrets(self, now: float) -> list[str]:
        """Each secret that is valid by now, the newest first."""
        return [*self.secrets, *(secret for secret, until in self.retiring if until > now)]


@dataclass
class Delivery:
    """One event on its way to one endpoint."""

    id: str
    event: Obj
    endpoint: Endpoint
    state: str = "pending"
    attempts: int = 0
    status: int | None = None
    error: str | None = None
    at: list[float] = field(default_factory=list)
    #: Status or error of each attempt, as ``at`` has its time.
    answers: list[int | str] = field(default_factory=list)
    #: What is wrong with the first attempt.
    forgery: Rule | None = None

    def as_json(self) -> dict[str, Any]:
        """The line of the delivery log."""
        return {
            "id": self.id,
            "event": self.event["id"],
            "type": self.event["type"],
            "url": self.endpoint.url,
            "state": self.state,
            "attempts": self.attempts,
            "status": self.status,
            "error": self.error,
            "at": self.at,
            "answers": self.answers,
        }
