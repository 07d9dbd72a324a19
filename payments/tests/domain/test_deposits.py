"""What becomes of a deposit at the return (domain rule D4; row D07, invariants I01 and I25)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.domain import ledger
from payments.domain.deposits import Claimed, ClaimKind, Outcome, sums

amounts = st.integers(0, 99_999_999)
claims = st.lists(st.builds(Claimed, st.sampled_from(ClaimKind), st.integers(1, 99_999_999)))


@pytest.mark.parametrize(
    ("deposit", "claimed", "taken", "back", "owed"),
    [
        (5000, 0, 0, 5000, 0),
        (5000, 3000, 3000, 2000, 0),
        (5000, 5000, 5000, 0, 0),
        (5000, 8000, 5000, 0, 3000),
        (0, 8000, 0, 0, 8000),
        (0, 0, 0, 0, 0),
    ],
)
def test_what_is_taken_given_back_and_owed(
    deposit: int, claimed: int, taken: int, back: int, owed: int
) -> None:
    outcome = Outcome(deposit, claimed)
    assert (outcome.taken, outcome.back, outcome.owed) == (taken, back, owed)


@given(amounts, claims)
def test_taken_and_given_back_are_the_deposit_and_what_exceeds_it_is_owed(
    deposit: int, made: list[Claimed]
) -> None:
    claimed = sum(claim.amount_minor for claim in made)
    outcome = Outcome(deposit, claimed)
    assert outcome.taken + outcome.back == deposit
    assert outcome.taken == min(deposit, claimed)
    assert outcome.owed == max(0, claimed - deposit)
    assert min(outcome.taken, outcome.back, outcome.owed) >= 0


@pytest.mark.parametrize(
    ("deposit", "claimed", "unpaid", "is_paid", "taken", "netted", "back", "owed"),
    [
        (5000, 0, 2000, True, 0, 2000, 3000, 0),
        (5000, 0, 7000, True, 0, 5000, 0, 2000),
        (5000, 3000, 2000, True, 3000, 2000, 0, 0),
        (5000, 3000, 7000, True, 3000, 2000, 0, 5000),
        (5000, 6000, 7000, True, 5000, 0, 0, 8000),  # claims come first
        (0, 0, 7000, True, 0, 0, 0, 7000),
        (5000, 3000, 7000, False, 3000, 0, 2000, 7000),  # a card gives for claims only
    ],
)
def test_what_was_to_be_paid_later_is_kept_of_a_deposit_that_was_paid(
    deposit: int,
    claimed: int,
    unpaid: int,
    is_paid: bool,
    taken: int,
    netted: int,
    back: int,
    owed: int,
) -> None:
    outcome = Outcome(deposit, claimed, unpaid, is_paid)
    found = (outcome.taken, outcome.netted, outcome.back, outcome.owed)
    assert found == (taken, netted, back, owed)
    assert taken + netted + back == deposit
    assert taken + netted + owed == claimed + unpaid


@given(amounts, claims, st.data())
def test_the_entries_sum_to_zero_and_leave_no_deposit(
    deposit: int, made: list[Claimed], data: st.DataObject
) -> None:
    """I01, I25; the customer is left with what is owed to the one side or the other."""
    gone = data.draw(st.integers(0, deposit))
    entries = ledger.deposit_settled(deposit, sums(made), gone)
    assert sum(entry.amount_minor for entry in entries) == 0
    moved = {entry.account: entry.amount_minor for entry in entries}
    assert len(moved) == len(entries)
    assert moved.get("deposit", 0) == deposit
    outcome = Outcome(deposit - gone, sum(claim.amount_minor for claim in made))
    assert moved.get("customer", 0) == outcome.owed - outcome.back


@given(claims)
def test_a_late_return_is_a_fee_and_the_rest_makes_good_a_damage(made: list[Claimed]) -> None:
    late = sum(claim.amount_minor for claim in made if claim.kind is ClaimKind.LATE)
    total = sum(claim.amount_minor for claim in made)
    found = sums(made)
    assert (found.get("fee", 0), found.get("damage", 0)) == (late, total - late)
