"""Where the units of a line are after its movements, and what they occupy (D1, D2)."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.domain.errors import IllegalStep
from payments.domain.fulfilment import (
    Fate,
    Fulfilment,
    Line,
    Move,
    MovementKind,
    Stage,
    changes,
    fates,
    total,
)
from payments.domain.period import Period

OUT, BACK, LEFT = MovementKind
HOUR = timedelta(hours=1)
START = datetime(2026, 6, 1, 10, tzinfo=UTC)
END = START + 48 * HOUR
LINE = Line(3, Period(START - HOUR, END + 2 * HOUR), END, turnaround=2 * HOUR)


def move(kind: MovementKind, quantity: int, hours: float, *, is_lost: bool = False) -> Move:
    """So many hours after the start of the rental."""
    return Move(kind, quantity, START + hours * HOUR, is_lost)


def shown(moves: list[Move], line: Line = LINE) -> dict[tuple[str, float, float], int]:
    """Stage, beginning and end in hours after the start of the rental, and how many units."""
    return {
        (fate.stage.value, (fate.starts_at - START) / HOUR, (fate.ends_at - START) / HOUR): n
        for fate, n in fates(line, moves).items()
    }


TICK = timedelta(microseconds=1) / HOUR


@pytest.mark.parametrize(
    ("moves", "expected"),
    [
        ([], {("RESERVED", -1, 50): 3}),
        ([move(OUT, 3, 0)], {("OUT", -1, 50): 3}),
        ([move(OUT, 1, 5)], {("RESERVED", -1, 50): 2, ("OUT", -1, 50): 1}),
        ([move(OUT, 2, -20)], {("RESERVED", -1, 50): 1, ("OUT", -20, 50): 2}),
        # Back early, on time and late: the turnaround runs from when it was really back (D1).
        ([move(OUT, 3, 0), move(BACK, 3, 20)], {("BACK", -1, 22): 3}),
        (
            [move(OUT, 3, 0), move(BACK, 1, 48), move(BACK, 2, 60)],
            {("BACK", -1, 50): 1, ("BACK", -1, 62): 2},
        ),
        ([move(OUT, 3, 0), move(BACK, 1, 20)], {("OUT", -1, 50): 2, ("BACK", -1, 22): 1}),
        # What went first comes back first.
        (
            [move(OUT, 1, -20), move(OUT, 1, -10), move(BACK, 1, -5)],
            {("RESERVED", -1, 50): 1, ("OUT", -10, 50): 1, ("BACK", -20, -3): 1},
        ),
        # What is lost needs no cleaning, and what was never picked up neither.
        ([move(OUT, 3, 0), move(BACK, 3, 20, is_lost=True)], {("BACK", -1, 20): 3}),
        (
            [move(OUT, 2, 0), move(BACK, 2, 20), move(LEFT, 1, 20)],
            {("BACK", -1, 22): 2, ("BACK", -1, 20): 1},
        ),
        # Nothing occupies the future because of a past that was shorter than nothing.
        (
            [move(OUT, 2, -30), move(BACK, 2, -20), move(LEFT, 1, -20)],
            {("BACK", -30, -18): 2, ("BACK", -20 - TICK, -20): 1},
        ),
    ],
)
def test_units_occupy(moves: list[Move], expected: dict[tuple[str, float, float], int]) -> None:
    assert shown(moves) == expected


def test_units_that_are_out_are_due() -> None:
    found = fates(LINE, [move(OUT, 1, 0)])
    assert {fate.stage: fate.due_at for fate in found} == {Stage.RESERVED: None, Stage.OUT: END}


def test_a_kit_takes_several_of_each_part() -> None:
    kit = Line(3, LINE.occupied, END, per_unit=4)
    assert shown([move(OUT, 1, 0)], kit) == {("RESERVED", -1, 50): 8, ("OUT", -1, 50): 4}


def test_what_was_out_for_years_is_written_down_all_the_same() -> None:
    """The database has no longer intervals."""
    ((fate, _),) = fates(LINE, [move(OUT, 3, 0), move(BACK, 3, 24 * 1000)]).items()
    assert fate.ends_at == START + (24 * 1000 + 2) * HOUR
    assert fate.ends_at - fate.starts_at < timedelta(days=430)


@pytest.mark.parametrize(
    "moves",
    [
        [move(OUT, 4, 0)],
        [move(BACK, 1, 0)],
        [move(OUT, 2, 0), move(BACK, 3, 1)],
        [move(OUT, 2, 0), move(OUT, 2, 1)],
        [move(OUT, 2, 0), move(LEFT, 2, 1)],
        [move(BACK, 1, 0), move(OUT, 1, 1)],  # in the order of time
        [move(OUT, 3, 0), move(BACK, 2, 1), move(BACK, 2, 2)],
    ],
)
def test_more_than_there_is_moves_nowhere(moves: list[Move]) -> None:
    with pytest.raises(IllegalStep):
        fates(LINE, moves)


@pytest.mark.parametrize(
    ("moves", "untouched", "over"),
    [
        ([], True, False),
        ([move(OUT, 1, 0)], False, False),
        ([move(OUT, 1, 0), move(BACK, 1, 1)], False, False),
        ([move(OUT, 1, 0), move(BACK, 1, 1), move(LEFT, 2, 1)], False, True),
        ([move(OUT, 3, 0), move(BACK, 3, 1)], False, True),
    ],
)
def test_an_order_is_over_when_nothing_is_out_and_nothing_will_be(
    moves: list[Move], untouched: bool, over: bool
) -> None:
    found = Fulfilment.after(3, moves)
    assert (found.is_untouched, found.is_over) == (untouched, over)
    both = total([found, Fulfilment(0, 0, 1)])
    assert (both.is_untouched, both.is_over) == (False, over)


@st.composite
def lives(draw: st.DrawFn) -> list[Move]:
    """What may happen to three units, in any order that makes sense."""
    found: list[Move] = []
    hours = -30.0
    for _ in range(draw(st.integers(0, 8))):
        hours += draw(st.floats(0.1, 30))
        now = Fulfilment.after(3, found)
        rooms = [(OUT, now.reserved), (LEFT, now.reserved), (BACK, now.out)]
        possible = [(kind, room) for kind, room in rooms if room]
        if not possible:
            break
        kind, room = draw(st.sampled_from(possible))
        lost = draw(st.booleans())
        found.append(move(kind, draw(st.integers(1, room)), hours, is_lost=lost))
    return found


@given(lives())
def test_no_unit_is_ever_in_two_places_or_in_none(moves: list[Move]) -> None:
    stages: Counter[Stage] = Counter()
    for fate, quantity in fates(LINE, moves).items():
        assert fate.starts_at < fate.ends_at
        stages[fate.stage] += quantity
    found = Fulfilment.after(3, moves)
    assert found.reserved + found.out + found.back + found.left == 3
    expected = (found.reserved, found.out, found.back + found.left)
    assert (stages[Stage.RESERVED], stages[Stage.OUT], stages[Stage.BACK]) == expected


@given(lives())
def test_what_is_over_holds_no_longer_than_its_turnaround(moves: list[Move]) -> None:
    last = max((move.at for move in moves), default=START)
    for fate in fates(LINE, moves):
        if fate.stage is Stage.BACK:
            assert fate.ends_at <= last + LINE.turnaround


@given(lives(), lives())
def test_changes_lead_from_one_state_to_another(one: list[Move], other: list[Move]) -> None:
    now, wanted = fates(LINE, one), fates(LINE, other)
    found = Counter(now)
    for change in changes(now, wanted):
        assert change.quantity <= found[change.old], "only what is there is changed"
        assert change.old not in wanted or found[change.old] > wanted[change.old]
        found[change.old] -= change.quantity
        found[change.new] += change.quantity
    assert +found == Counter(wanted)


def test_what_need_not_change_is_left_alone() -> None:
    now = fates(LINE, [move(OUT, 1, 0)])
    assert changes(now, now) == []
    (change,) = changes(now, fates(LINE, [move(OUT, 2, 0)]))
    assert (change.old.stage, change.new.stage, change.quantity) == ("RESERVED", "OUT", 1)
    assert isinstance(change.old, Fate)
