"""D5: how much goes back for what, and from which payment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import step
from payments.domain.refunds import (
    Line,
    Parts,
    add,
    deposit_within,
    needs_approval,
    parts_of_units,
    rent_given_back,
    spread,
)

CURRENCIES = ["EUR", "JPY", "KRW", "KWD", "HUF", "ISK", "UGX"]


@pytest.mark.parametrize(
    ("amount", "rooms", "parts"),
    [
        (100, [100], [100]),
        (60, [100, 100], [60, 0]),
        (150, [100, 100], [100, 50]),
        (150, [0, 100, 100], [0, 100, 50]),
        (0, [100], [0]),
        (50, [], []),
        (50, [20, 10], [20, 10]),  # no more than there is room for
        (50, [-5, 60], [0, 50]),
    ],
)
def test_the_first_payment_gives_what_it_has_and_the_next_the_rest(
    amount: int, rooms: list[int], parts: list[int]
) -> None:
    assert spread(amount, rooms) == parts


@given(st.integers(0, 10**8), st.lists(st.integers(-100, 10**8), max_size=6))
def test_no_payment_gives_more_than_its_room_and_all_together_what_was_asked(
    amount: int, rooms: list[int]
) -> None:
    parts = spread(amount, rooms)
    assert all(0 <= part <= max(0, room) for part, room in zip(parts, rooms, strict=True))
    assert sum(parts) == min(amount, sum(max(0, room) for room in rooms))


@pytest.mark.parametrize(
    ("units", "with_deposit", "currency", "parts"),
    [
        (1, False, "EUR", Parts(1000, 63, 0)),  # 62.67 rounded half up
        (2, False, "EUR", Parts(2000, 125, 0)),  # 125.33
        (3, True, "EUR", Parts(3000, 188, 1500)),
    ],
)
def test_the_tax_of_units_goes_back_with_them(
    units: int, with_deposit: bool, currency: str, parts: Parts
) -> None:
    line = Line(quantity=3, rent_minor=3000, tax_minor=188, deposit_minor=1500)
    assert parts_of_units(line, units, with_deposit, currency) == parts


@pytest.mark.parametrize(
    ("back", "deposits", "units", "with_deposit", "fits"),
    [
        (0, 0, 3, True, True),
        (0, 0, 4, False, False),
        (2, 0, 1, True, True),
        (2, 0, 2, False, False),
        (0, 2, 2, True, False),
        (0, 2, 2, False, True),
    ],
)
def test_a_unit_is_given_back_once(
    back: int, deposits: int, units: int, with_deposit: bool, fits: bool
) -> None:
    line = Line(3, 3000, 188, 1500, given_back=back, deposits_given_back=deposits)
    assert line.has(units, with_deposit) is fits


@st.composite
def lines_in_pieces(draw: st.DrawFn) -> tuple[str, Line, list[int]]:
    currency = draw(st.sampled_from(CURRENCIES))
    pieces = draw(st.lists(st.integers(1, 5), min_size=1, max_size=6))
    quantity, unit = sum(pieces), step(currency)
    amounts = [draw(st.integers(0, 10**6)) * unit for _ in "123"]
    line = Line(quantity, amounts[0], amounts[1], amounts[2] * quantity)  # a rent may be discounted
    return currency, line, pieces


@given(lines_in_pieces())
def test_a_line_that_goes_back_in_pieces_comes_to_its_sum_to_the_cent(
    case: tuple[str, Line, list[int]],
) -> None:
    """A11: every piece is an amount that can be charged, and nothing is lost or won by rounding."""
    currency, line, pieces = case
    found, back = [], 0
    for units in pieces:
        before = Line(
            line.quantity, line.rent_minor, line.tax_minor, line.deposit_minor, back, back
        )
        found.append(parts_of_units(before, units, True, currency))
        back += units
    assert add(found) == Parts(line.rent_minor, line.tax_minor, line.deposit_minor)
    assert all(part.total % step(currency) == 0 and part.tax >= 0 for part in found)


@pytest.mark.parametrize(
    ("amount", "rent_left", "deposit_left", "deposit"),
    [(50, 90, 100, 0), (90, 90, 100, 0), (91, 90, 100, 1), (190, 90, 100, 100), (300, 0, 100, 100)],
)
def test_an_amount_is_rent_first_so_that_the_deposit_stays_whole(
    amount: int, rent_left: int, deposit_left: int, deposit: int
) -> None:
    assert deposit_within(amount, rent_left, deposit_left) == deposit


@pytest.mark.parametrize(
    ("amount", "currency", "needed"),
    [(50_000, "EUR", False), (50_001, "EUR", True), (10**8, "JPY", False), (1, "KWD", True)],
)
def test_above_its_currency_s_limit_a_second_person_approves(
    amount: int, currency: str, needed: bool
) -> None:
    assert needs_approval(amount, currency, {"EUR": 50_000, "KWD": 0}) is needed


@pytest.mark.parametrize(
    ("given_back", "deposits", "received", "rent"),
    [
        (0, 0, 16_900, 0),
        (3000, 0, 16_900, 3000),
        (3000, 1000, 16_900, 2000),
        (16_900, 0, 33_800, 0),  # paid twice, and once given back
        (17_900, 0, 33_800, 1000),
        (0, 0, 33_800, 0),
        (1000, 0, 5000, 1000),  # a part was paid
    ],
)
def test_what_went_back_was_rent_unless_deposit_or_paid_too_much(
    given_back: int, deposits: int, received: int, rent: int
) -> None:
    assert rent_given_back(given_back, deposits, received, asked=16_900) == rent
