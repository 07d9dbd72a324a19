"""Papers of an order: what they say, which of them stand, and which lines are still to be invoiced.

Amounts are integer minor units. An invoice is never changed: a credit note takes all of it back,
and what then holds stands on a new invoice. So the invoices of an order less its credit notes
always come to what the books say that it costs.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from payments.domain.settlement import ENDED_BY_CUSTOMER, LIVE
from payments.domain.states import OrderStatus, Status


class DocumentKind(Status):
    QUOTE = "QUOTE"
    AGREEMENT = "AGREEMENT"
    INVOICE = "INVOICE"  # also the receipt of what was paid until then
    CREDIT_NOTE = "CREDIT_NOTE"
    RECEIPT = "RECEIPT"  # of what was paid after it

    def number(self, serial: int) -> str:
        """`INV-00001`; five digits, more when they are used up."""
        return f"{_PREFIXES[self]}-{serial:05}"


_PREFIXES: Final = {
    DocumentKind.QUOTE: "QUO",
    DocumentKind.AGREEMENT: "AGR",
    DocumentKind.INVOICE: "INV",
    DocumentKind.CREDIT_NOTE: "CRN",
    DocumentKind.RECEIPT: "RCP",
}

# What a customer may ask for of his own order; staff may ask for everything.
FOR_CUSTOMERS: Final = frozenset({DocumentKind.QUOTE, DocumentKind.INVOICE, DocumentKind.RECEIPT})

# These say what was paid until they were issued; what is on one needs no receipt any more.
TELL_PAYMENTS: Final = frozenset({DocumentKind.INVOICE, DocumentKind.RECEIPT})

# The statuses in which these are issued. The others follow the books instead.
ISSUED_WHILE: Final[Mapping[DocumentKind, frozenset[OrderStatus]]] = {
    DocumentKind.QUOTE: frozenset({OrderStatus.DRAFT, OrderStatus.PENDING}),
    DocumentKind.AGREEMENT: LIVE,
}


def offered(
    status: OrderStatus, *, keeps: bool, to_staff: bool, paid_since: bool = False
) -> list[DocumentKind]:
    """What may be asked for, as far as the status tells; `keeps`, if the shop kept something of an
    order that ended unused, and `paid_since`, if money came that no document tells."""
    is_over = status in ENDED_BY_CUSTOMER
    by_kind = {
        **{kind: status in statuses for kind, statuses in ISSUED_WHILE.items()},
        DocumentKind.INVOICE: status in LIVE or (is_over and keeps),
        DocumentKind.CREDIT_NOTE: is_over,
        DocumentKind.RECEIPT: paid_since,
    }
    return [kind for kind, may in by_kind.items() if may and (to_staff or kind in FOR_CUSTOMERS)]


@dataclass(frozen=True)
class Line:
    """One line of a document. `subject` names what it is about; an order has it once.

    `kind` is RENTAL, KEPT (of an order that ended unused) or that of a claim; `text` is the
    product's name, or why something is claimed.
    """

    subject: str
    kind: str
    text: str
    quantity: int
    unit_minor: int
    net_minor: int
    tax_rate: str
    tax_minor: int
    adjustment_minor: int = 0
    explanation: str = ""

    @property
    def total_minor(self) -> int:
        return self.net_minor + self.tax_minor

    @property
    def taken_back(self) -> "Line":
        """As a credit note has it."""
        return replace(
            self,
            unit_minor=-self.unit_minor,
            adjustment_minor=-self.adjustment_minor,
            net_minor=-self.net_minor,
            tax_minor=-self.tax_minor,
        )


@dataclass(frozen=True)
class Tax:
    """What is taxed at one rate, and the tax on it."""

    rate: str
    net_minor: int
    tax_minor: int


def tax_by_rate(lines: Iterable[Line]) -> list[Tax]:
    """The lines' tax, summed for each rate, the lowest first. Nothing is rounded anew (D3.4)."""
    sums: dict[Decimal, tuple[int, int]] = {}
    for line in lines:
        net, tax = sums.get(Decimal(line.tax_rate), (0, 0))
        sums[Decimal(line.tax_rate)] = (net + line.net_minor, tax + line.tax_minor)
    return [Tax(str(rate), net, tax) for rate, (net, tax) in sorted(sums.items())]


def total_of(lines: Iterable[Line]) -> int:
    return sum(line.total_minor for line in lines)


def kept_lines(rent_minor: int, tax_minor: int, ordered: Sequence[Line]) -> list[Line]:
    """What is kept of an order that ended unused, a line for each tax rate of what was ordered.

    Its rent and tax are shared out as the order's were, to the last minor unit.
    """
    rates = tax_by_rate(ordered)
    nets = shares(rent_minor, [rate.net_minor for rate in rates])
    taxes = shares(tax_minor, [rate.tax_minor for rate in rates])
    return [
        Line(f"kept:{rate.rate}", "KEPT", "", 1, net, net, rate.rate, tax)
        for rate, net, tax in zip(rates, nets, taxes, strict=True)
        if net or tax
    ]


def shares(amount: int, weights: Sequence[int]) -> list[int]:
    """`amount` shared out by `weights`, whole and exact: what is over goes by largest remainder."""
    whole = sum(weights)
    if not whole:
        return [amount, *(0 for _ in weights[1:])] if weights else []
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda n: -(amount * weights[n] % whole))
    for n in by_remainder[: amount - sum(parts)]:
        parts[n] += 1
    return parts


@dataclass(frozen=True)
class Issued:
    """An invoice that no credit note has taken back. `about`: for whom, and for which rental."""

    id: Hashable
    about: Mapping[str, Any]
    lines: Sequence[Line]


@dataclass(frozen=True)
class Plan:
    """These invoices are to be taken back, and these lines to be invoiced anew."""

    correct: Sequence[Hashable]
    invoice: Sequence[Line]

    @property
    def is_done(self) -> bool:
        return not self.correct and not self.invoice


def plan_invoices(
    standing: Iterable[Issued], about: Mapping[str, Any], lines: Sequence[Line]
) -> Plan:
    """What makes the invoices say what holds now. Planning again on the result plans nothing.

    An invoice stands while it is about the same and each of its lines still holds; one wrong line
    takes back all of it. Lines that stand on none, such as claims after the return, make a further
    invoice.
    """
    left, correct = list(lines), []
    for invoice in standing:
        if invoice.about == about and all(line in left for line in invoice.lines):
            left = [line for line in left if line not in invoice.lines]
        else:
            correct.append(invoice.id)
    return Plan(correct, left)
