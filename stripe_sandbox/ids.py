"""Ids in Stripe's form, repeatable when a seed is given."""

from __future__ import annotations

import random
from base64 import b64encode


class Ids:
    """Makes ids such as ``pi_3QkXc…``; the same seed gives the same ids in the same order."""

    def __init__(self, seed: int | None = None) -> None:
        # Ids are names, not secrets, and a test wants to see the same ones again.
        self._random = random.Random(seed)  # noqa: S311
        self.count = 0

    def new(self, prefix: str, length: int = 24) -> str:
        """A fresh id that starts with ``prefix``, underscore included."""
        self.count += 1
        # Letters and digits only: the two other characters of base 64 become letters, too.
        return prefix + b64encode(self._random.randbytes(length), b"Zz")[:length].decode()
