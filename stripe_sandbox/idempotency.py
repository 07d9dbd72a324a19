"""Idempotency keys: the first answer to a key is the answer (stripe.md, "Transport")."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from .errors import IdempotencyError, InvalidParamsError

KEPT_SECONDS = 24 * 3600
MAX_LENGTH = 255


@dataclass
class Saved:
    """A key in use (``body`` is ``None``) or answered."""

    fingerprint: bytes
    at: float
    status: int = 0
    body: bytes | None = None


class IdempotencyKeys:
    """Keys and their answers, for 24 h of the sandbox's time and up to ``keep`` of them."""

    def __init__(self, keep: int, now: Callable[[], float]) -> None:
        self._keep = keep
        self._now = now
        self._saved: OrderedDict[str, Saved] = OrderedDict()

    def __len__(self) -> int:
        return len(self._saved)

    def begin(self, key: str, fingerprint: bytes) -> Saved | None:
        """Take the key; returns the saved answer where there is one.

        Raises ``IdempotencyError``: 400 for other parameters, 409 while the twin still runs.
        """
        if len(key) > MAX_LENGTH:
            raise InvalidParamsError(f"Idempotency keys can have at most {MAX_LENGTH} characters.")
        saved = self._saved.get(key)
        if saved is not None and saved.at + KEPT_SECONDS > self._now():
            return self._known(key, saved, fingerprint)
        self._saved[key] = Saved(fingerprint, self._now())
        self._saved.move_to_end(key)
        if len(self._saved) > self._keep:
            self._saved.popitem(last=False)
        return None

    def finish(self, key: str, status: int, body: bytes) -> None:
        """Keep the answer, unless the key was evicted meanwhile."""
        saved = self._saved.get(key)
        if saved is not None:
            saved.status, saved.body = status, body

    def abandon(self, key: str) -> None:
        """Give the key back: nothing was executed."""
        self._saved.pop(key, None)

    def forget_unanswered(self) -> None:
        """Give back the keys of calls that died with their process."""
        answered = ((key, saved) for key, saved in self._saved.items() if saved.body is not None)
        self._saved = OrderedDict(answered)

    def clear(self) -> None:
        """Forget all keys."""
        self._saved.clear()

    @staticmethod
    def _known(key: str, saved: Saved, fingerprint: bytes) -> Saved:
        if saved.fingerprint != fingerprint:
            raise IdempotencyError(
                "Keys for idempotent requests can only be used with the same parameters they "
                f"were first used with. Try using a key other than '{key}' if you meant to "
                "execute a different request.",
            )
        if saved.body is None:
            raise IdempotencyError(
                "There is currently another in-progress request using this Idempotent Key "
                "(that probably means you submitted twice, and the other request is still "
                f"going through): {key}. Please try again later.",
                code="idempotency_key_in_use",
                status=409,
            )
        return saved
