"""When to try again, and when to ask again."""

import random
from datetime import timedelta

# Some six hours in all: longer than a mail server or a payment service is away (rows D11, E06).
MAX_ATTEMPTS = 24


def backoff(attempts: int) -> timedelta:
    """Exponential with full jitter, from seconds to an hour, so that a herd spreads (row E07)."""
    ceiling = min(3600, 2 ** min(attempts, 12))
    return timedelta(seconds=random.uniform(1, max(2, ceiling)))  # noqa: S311 (not a secret)


def ask_again(attempts: int) -> timedelta:
    """How long to wait before a payment that is not final is asked about (D6.2)."""
    if attempts <= 1:
        return timedelta(minutes=5)
    return timedelta(hours=1) if attempts <= 3 else timedelta(days=1)
