"""What customers are told about."""

import re
from string import Formatter
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.deposits import DepositStrategy
from payments.domain.deposits import ClaimKind, Outcome
from payments.domain.notices import NOTICE_OF_FACT, NOTICES, Notice, words_of_settlement
from payments.domain.states import OrderStatus

# What services/notifications.py fills in.
KNOWN: Final = {
    *("name", "number", "shop", "amount", "deposit", "held", "start", "end", "link", "settlement"),
    "quote",
    "why",
}


@pytest.mark.parametrize("notice", NOTICES.values(), ids=str)
def test_a_notice_asks_for_known_values_only_and_greets(notice: Notice) -> None:
    for text in (notice.subject, notice.body):
        assert {name for _, name, _, _ in Formatter().parse(text) if name} <= KNOWN
    assert "{number}" in notice.subject
    assert notice.body.startswith("Hello {name},")
    assert "\n" not in notice.subject


def test_every_fact_that_calls_for_a_notice_has_one() -> None:
    assert set(NOTICE_OF_FACT.values()) == set(NOTICES)


def test_facts_about_orders_are_named_after_statuses() -> None:
    """But for a change, which moves none."""
    known = {f"order.{status.value.lower()}" for status in OrderStatus} | {"order.changed"}
    assert {fact for fact in NOTICE_OF_FACT if fact.startswith("order.")} <= known


def test_notices_are_kept_short_enough_for_their_column() -> None:
    assert all(len(kind) <= 40 for kind in NOTICES)


@pytest.mark.parametrize(
    ("outcome", "lines"),
    [
        (Outcome(5000, 0), ["Your deposit: 50.00 EUR.", "On its way back to you: 50.00 EUR."]),
        (
            Outcome(5000, 6000),
            [
                "Late: 10.00 EUR. Two days.",
                "Damage: 50.00 EUR. A bent pole.",
                "Your deposit: 50.00 EUR.",
                "Taken from it: 50.00 EUR.",
                "Still to be paid: 10.00 EUR.",
            ],
        ),
        (
            Outcome(12000, 6000, unpaid=2500),
            [
                "Late: 10.00 EUR. Two days.",
                "Damage: 50.00 EUR. A bent pole.",
                "Not paid of your order: 25.00 EUR.",
                "Your deposit: 120.00 EUR.",
                "Taken from it for claims: 60.00 EUR.",
                "Kept of it for what was not paid: 25.00 EUR.",
                "On its way back to you: 35.00 EUR.",
            ],
        ),
        (
            Outcome(5000, 0, unpaid=8000),
            [
                "Not paid of your order: 80.00 EUR.",
                "Your deposit: 50.00 EUR.",
                "Kept of it for what was not paid: 50.00 EUR.",
                "Still to be paid: 30.00 EUR.",
            ],
        ),
        (
            Outcome(5000, 6000, unpaid=8000),
            [
                "Late: 10.00 EUR. Two days.",
                "Damage: 50.00 EUR. A bent pole.",
                "Not paid of your order: 80.00 EUR.",
                "Your deposit: 50.00 EUR.",
                "Taken from it: 50.00 EUR.",
                "Still to be paid: 90.00 EUR.",
            ],
        ),
    ],
)
def test_a_settlement_says_what_was_taken_and_why(outcome: Outcome, lines: list[str]) -> None:
    claims = [(ClaimKind.LATE, 1000, "Two days."), (ClaimKind.DAMAGE, 5000, "A bent pole.")]
    said = words_of_settlement(outcome, claims if outcome.claimed else [], "EUR")
    assert said.splitlines() == lines


@pytest.mark.parametrize(
    ("strategy", "line"),
    [
        (DepositStrategy.CHARGE, "On its way back to you: 20.00 EUR."),
        (DepositStrategy.HOLD, "Not held on your card any more: 20.00 EUR."),
        (DepositStrategy.CARD_ON_FILE, "Taken from it: 30.00 EUR."),
    ],
)
def test_nothing_goes_back_that_was_never_taken(strategy: DepositStrategy, line: str) -> None:
    said = words_of_settlement(Outcome(5000, 3000), [], "EUR", strategy)
    assert said.splitlines()[-1] == line


def test_a_card_gives_nothing_for_what_was_not_paid() -> None:
    outcome = Outcome(5000, 3000, unpaid=2500, is_paid=False)
    said = words_of_settlement(outcome, [], "EUR", DepositStrategy.HOLD)
    assert said.splitlines() == [
        "Not paid of your order: 25.00 EUR.",
        "Your deposit: 50.00 EUR.",
        "Taken from it: 30.00 EUR.",
        "Not held on your card any more: 20.00 EUR.",
        "Still to be paid: 25.00 EUR.",
    ]


PARTS: Final = ("Your deposit", "Taken from it", "Kept of it", "On its way back", "Still to be")


@given(*[st.integers(0, 20_000)] * 4)
def test_the_amounts_that_a_customer_reads_add_up(
    deposit: int, late: int, damage: int, unpaid: int
) -> None:
    """What is claimed and was not paid is taken or still to be paid; the deposit is all told."""
    claims = [(ClaimKind.LATE, late, "Two days."), (ClaimKind.DAMAGE, damage, "A bent pole.")]
    said = words_of_settlement(Outcome(deposit, late + damage, unpaid), claims, "JPY")

    def read(part: str) -> int:
        found = re.findall(rf"^{part}.*: (\d+) JPY", said, re.M)
        return sum(map(int, found))

    told, taken, kept, back, owed = map(read, PARTS)
    assert told == deposit == taken + kept + back
    assert read("Late") + read("Damage") + read("Not paid") == taken + kept + owed
