"""Where the units of a line are: promised, out, or back (domain rules D1, D2).

A line's units go out and come back by movements, each a scan of some units. Everything else about
them follows from those: how many are where, and what they occupy until when.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from payments.domain.errors import IllegalStep
from payments.domain.period import Period
from payments.domain.states import Status


class MovementKind(Status):
    OUT = "OUT"
    BACK = "BACK"
    LEFT = "LEFT"  # nobody picked these up, and nobody will


class Condition(Status):
    """In what state units came back."""

    GOOD = "GOOD"
    WORN = "WORN"
    DAMAGED = "DAMAGED"
    LOST = "LOST"  # they did not come back, and are written off


class Stage(StrEnum):
    """Of reserved units; what is out or back is a fact, and never refused (D2.6)."""

    RESERVED = "RESERVED"
    OUT = "OUT"
    BACK = "BACK"


@dataclass(frozen=True)
class Move:
    """So many units of a line at an instant."""

    kind: MovementKind
    quantity: int
    at: datetime
    is_lost: bool = False


@dataclass(frozen=True)
class Fulfilment:
    """How many units of a line are where; together they are the line's quantity."""

    reserved: int
    out: int = 0
    back: int = 0  # written off ones included
    left: int = 0

    @classmethod
    def after(cls, quantity: int, moves: Iterable[Move]) -> "Fulfilment":
        """Where `quantity` units are after `moves`.

        Raises IllegalStep where more would go out than were reserved, or come back than were out.
        """
        found = cls(quantity)
        for move in _in_order(moves):
            found = found.then(move)
        return found

    def then(self, move: Move) -> "Fulfilment":
        """After one more. Raises IllegalStep like `after`."""
        n = move.quantity
        if move.kind is MovementKind.BACK:
            if n > self.out:
                raise IllegalStep(f"{self.out} of these units are out, and {n} cannot come back.")
            return Fulfilment(self.reserved, self.out - n, self.back + n, self.left)
        if n > self.reserved:
            raise IllegalStep(f"{self.reserved} of these units wait for pickup, and not {n}.")
        if move.kind is MovementKind.OUT:
            return Fulfilment(self.reserved - n, self.out + n, self.back, self.left)
        return Fulfilment(self.reserved - n, self.out, self.back, self.left + n)

    @property
    def is_untouched(self) -> bool:
        """Nothing has gone out."""
        return not (self.out or self.back)

    @property
    def is_over(self) -> bool:
        """Nothing is out, and nothing will go out any more."""
        return not (self.out or self.reserved)


@dataclass(frozen=True)
class Line:
    """Units of one product that a line takes: `per_unit` of them for each of its units (a kit).

    `occupied` has preparation and turnaround already, as they were when the line was ordered.
    """

    quantity: int
    occupied: Period
    due_at: datetime
    turnaround: timedelta = timedelta(0)
    per_unit: int = 1


@dataclass(frozen=True)
class Fate:
    """What units that share it occupy, and since when and until when that is."""

    stage: Stage
    starts_at: datetime
    ends_at: datetime
    due_at: datetime | None = None  # of units that are out


def fates(line: Line, moves: Iterable[Move]) -> dict[Fate, int]:
    """How the units of `line` must be held after `moves`; the quantities are all of its units.

    What is reserved occupies what was booked. What is out does so, too, and from when it went out
    where that was before. What is back occupies until its turnaround has passed, however early or
    late it came; what is lost or was never picked up, no longer than that. Units come back in the
    order in which they went. Raises IllegalStep like `Fulfilment.after`.
    """
    moves = _in_order(moves)
    found: Counter[Fate] = Counter()
    reserved = Fate(Stage.RESERVED, line.occupied.start, line.occupied.end)
    found[reserved] = Fulfilment.after(line.quantity, moves).reserved
    out: deque[datetime] = deque()  # since when each unit that is out occupies
    for move in moves:
        if move.kind is MovementKind.OUT:
            out.extend([min(move.at, line.occupied.start)] * move.quantity)
        elif move.kind is MovementKind.LEFT:
            found[_past(line.occupied.start, move.at)] += move.quantity
        else:
            until = move.at if move.is_lost else move.at + line.turnaround
            found.update(_past(out.popleft(), until) for _ in range(move.quantity))
    found.update(_out(since, line) for since in out)
    return {fate: quantity * line.per_unit for fate, quantity in found.items() if quantity}


def _out(since: datetime, line: Line) -> Fate:
    return Fate(Stage.OUT, since, line.occupied.end, line.due_at)


def _past(start: datetime, end: datetime) -> Fate:
    """An interval is never empty, and as short as the database wants them (D2.1)."""
    start = max(min(start, end - timedelta(microseconds=1)), end - LONGEST_PAST)
    return Fate(Stage.BACK, start, end)


LONGEST_PAST: Final = timedelta(days=429)  # within CHECK reservation_duration_bounded


def _in_order(moves: Iterable[Move]) -> list[Move]:
    return sorted(moves, key=lambda move: move.at)


@dataclass(frozen=True)
class Change:
    """`quantity` units of a row of fate `old` get the fate `new`.

    The row itself where that is all of it, or where `new` is a promise: then it keeps its id, so
    that the gate sees it shrink, and the rest becomes a row of its own.
    """

    old: Fate
    new: Fate
    quantity: int


def changes(now: Mapping[Fate, int], wanted: Mapping[Fate, int]) -> list[Change]:
    """How units of the fates `now` come to the fates `wanted`, touching as few as possible."""
    spare = {fate: n for fate, count in now.items() if (n := count - wanted.get(fate, 0)) > 0}
    found = []
    for new, count in wanted.items():
        missing = count - now.get(new, 0)
        while missing > 0:
            old, available = spare.popitem()
            taken = min(missing, available)
            found.append(Change(old, new, taken))
            missing -= taken
            if available > taken:
                spare[old] = available - taken
    return found


def total(lines: Sequence[Fulfilment]) -> Fulfilment:
    """Of a whole order."""
    return Fulfilment(
        sum(line.reserved for line in lines),
        sum(line.out for line in lines),
        sum(line.back for line in lines),
        sum(line.left for line in lines),
    )
