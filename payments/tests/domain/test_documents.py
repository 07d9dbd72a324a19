"""Which invoices stand, which are taken back, and what is invoiced anew."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.domain.documents import (
    DocumentKind,
    Issued,
    Line,
    kept_lines,
    plan_invoices,
    shares,
    tax_by_rate,
    total_of,
)

ABOUT = {"customer": "Bob"}


def line(subject: str = "tent", net: int = 100, tax: int = 19, rate: str = "0.1900") -> Line:
    return Line(subject, "RENTAL", subject, 1, net, net, rate, tax)


def issued(*lines: Line, about: Any = ABOUT) -> Issued:
    return Issued("INV-00001", about, lines)


TENT, CANOE, DAMAGE = line("tent"), line("canoe", 50, 10), line("pole", 30, 0, "0")
DEARER = line("tent", 200, 38)


@pytest.mark.parametrize(
    ("standing", "holds", "corrected", "invoiced"),
    [
        ([], [TENT], 0, [TENT]),
        ([], [], 0, []),
        ([issued(TENT)], [TENT], 0, []),
        ([issued(TENT, CANOE)], [CANOE, TENT], 0, []),
        ([issued(TENT)], [TENT, DAMAGE], 0, [DAMAGE]),
        ([issued(TENT)], [DEARER], 1, [DEARER]),
        ([issued(TENT)], [], 1, []),
        ([issued(TENT, CANOE)], [TENT], 1, [TENT]),
        ([issued(TENT), issued(DAMAGE)], [DEARER, DAMAGE], 1, [DEARER]),
        ([issued(TENT, about={"customer": "Bop"})], [TENT], 1, [TENT]),
    ],
)
def test_one_wrong_line_takes_back_all_of_an_invoice_and_a_new_one_says_what_holds(
    standing: list[Issued], holds: list[Line], corrected: int, invoiced: list[Line]
) -> None:
    plan = plan_invoices(standing, ABOUT, holds)
    assert (len(plan.correct), list(plan.invoice)) == (corrected, invoiced)


lines_of_orders = st.dictionaries(
    st.sampled_from("abcdefgh"), st.tuples(st.integers(0, 999), st.integers(0, 99)), max_size=8
).map(lambda found: [line(subject, net, tax) for subject, (net, tax) in found.items()])


@given(st.lists(lines_of_orders, max_size=6))
def test_after_each_act_invoices_less_credit_notes_are_what_holds(
    states: list[list[Line]],
) -> None:
    """However the order changes, and a plan that was carried out leaves nothing to do."""
    standing: list[Issued] = []
    balance = 0
    for number, holds in enumerate(states):
        plan = plan_invoices(standing, ABOUT, holds)
        taken_back = [row for row in standing if row.id in plan.correct]
        balance += sum(total_of(one.taken_back for one in row.lines) for row in taken_back)
        balance += total_of(plan.invoice)
        standing = [row for row in standing if row.id not in plan.correct]
        if plan.invoice:
            standing.append(Issued(number, ABOUT, plan.invoice))
        assert balance == total_of(holds)
        assert plan_invoices(standing, ABOUT, holds).is_done


@given(st.integers(0, 10**8), st.lists(st.integers(0, 10**6), min_size=1, max_size=6))
def test_shares_are_exact_and_none_is_a_unit_away_from_its_due(
    amount: int, weights: list[int]
) -> None:
    parts = shares(amount, weights)
    assert sum(parts) == amount
    assert min(parts) >= 0
    if whole := sum(weights):
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part * whole - amount * weight) < whole


@given(
    st.lists(st.tuples(st.integers(1, 9999), st.sampled_from(["0", "0.07", "0.19"])), min_size=1),
    st.data(),
)
def test_what_is_kept_is_shared_out_by_tax_rate_to_the_last_cent(
    ordered: list[tuple[int, str]], data: Any
) -> None:
    lines = [
        line(str(n), net, int(net * Decimal(rate)), rate) for n, (net, rate) in enumerate(ordered)
    ]
    rent = data.draw(st.integers(0, sum(one.net_minor for one in lines)))
    tax = data.draw(st.integers(0, sum(one.tax_minor for one in lines)))
    kept = kept_lines(rent, tax, lines)
    assert sum(one.net_minor for one in kept) == rent
    assert sum(one.tax_minor for one in kept) == tax
    assert len({one.tax_rate for one in kept}) == len(kept)


def test_the_same_rate_is_one_sum_however_it_is_written() -> None:
    taxes = tax_by_rate([line(rate="0.1900"), line(rate="0.19"), line(rate="0", tax=0)])
    assert [(Decimal(tax.rate), tax.net_minor, tax.tax_minor) for tax in taxes] == [
        (Decimal(0), 100, 0),
        (Decimal("0.19"), 200, 38),
    ]


def test_what_is_taken_back_is_the_same_below_zero() -> None:
    back = TENT.taken_back
    assert (back.net_minor, back.tax_minor, back.total_minor) == (-100, -19, -119)
    assert back.unit_minor == -TENT.unit_minor
    assert back.taken_back == TENT


@pytest.mark.parametrize(
    ("kind", "serial", "number"),
    [
        (DocumentKind.INVOICE, 1, "INV-00001"),
        (DocumentKind.CREDIT_NOTE, 99_999, "CRN-99999"),
        (DocumentKind.QUOTE, 100_000, "QUO-100000"),
        (DocumentKind.AGREEMENT, 7, "AGR-00007"),
        (DocumentKind.RECEIPT, 2, "RCP-00002"),
    ],
)
def test_a_number_says_its_kind(kind: DocumentKind, serial: int, number: str) -> None:
    assert kind.number(serial) == number
