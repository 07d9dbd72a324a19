"""The shape of an invariant."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Invariant:
    """A sentence about the books, and the query for the rows that contradict it."""

    id: str
    sentence: str
    sql: str
    at_rest: bool = False  # may be broken for a moment, while something is under way

    def __str__(self) -> str:
        return f"{self.id} {self.sentence}"
