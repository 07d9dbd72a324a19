"""When to try again, and when to ask again."""

import random
from datetime import timedelta

# Some six hours in all: longer than a mail server or a payment service is away (rows D11, E06).
MAX_ATTEMPTS = 24


def backoff(attempts: int) -> timedelta:
    """Exponential with full jitter, from seconds to an hour, so that a herd spreads (row E07)."""
    ceiling = min(3600, 2 ** min(attempts, 12))
    return timedelta(seconds=random.uniform(1, max(2, ceiling)))  # noqa: S311 (not a secret)


def ask_again(age: timedelta) -> timedelta:
    """How long to wait before a row that is not final is asked about, by its age (D6.2).

    By age and not by attempts: a customer who reloads the success page asks as well.
    """
    if age < timedelta(hours=1):
        return timedelta(minutes=5)
    return timedelta(hours=1) if age < timedelta(days=1) else timedelta(days=1)
