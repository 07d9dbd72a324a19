"""What the documents of an order say: everything that is printed, as values, frozen when issued."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings

from payments.domain import ledger
from payments.domain.documents import (
    DocumentKind,
    Line,
    kept_lines,
    tax_by_rate,
    total_of,
)
from payments.domain.settlement import ENDED_BY_CUSTOMER
from payments.domain.states import ClaimStatus, OrderStatus
from payments.models import Claim, Document, OrderChange, OrderQuote, RentalOrder, RentalOrderItem
from payments.services.order_books import Movement, OrderBooks

Content = dict[str, Any]


def about(order: RentalOrder) -> Content:
    """For whom, and for which rental."""
    customer = order.customer
    return {
        "customer": {"name": customer.get_full_name(), "email": customer.email},
        "order": {
            "number": order.order_number,
            "starts_at": _on_the_wall(order.rental_start_date),
            "ends_at": _on_the_wall(order.rental_end_date),
            "time_zone": settings.SHOP_TIME_ZONE,
        },
    }


def of_quote(order: RentalOrder) -> Content:
    """Of a draft, an offer until it expires; of an order that waits for payment, what it holds."""
    offer = OrderQuote.objects.filter(order=order).first()
    is_held = order.state is OrderStatus.PENDING
    until = order.hold_expires_at if is_held else offer and offer.expires_at
    return {
        **_letter(order, _promised_lines(order)),
        "deposit": _deposit(order),
        "valid_until": _on_the_wall(until) if until else "",
        "is_held": is_held,
        "late_fees": _late_fees(order),
        "notes": order.notes,
    }


def of_agreement(order: RentalOrder) -> Content:
    return {
        **_letter(order, _promised_lines(order)),
        "deposit": _deposit(order),
        "cancellation": order.cancellation_policy,
        "late_fees": _late_fees(order),
        "terms": settings.RENTAL_TERMS,
        "notes": order.notes,
    }


def of_invoice(order: RentalOrder, lines: Sequence[Line], books: OrderBooks) -> Content:
    """Also the receipt: what was paid until now, and what is left to pay of the whole order."""
    is_running = order.state in _DEPOSIT_IS_OPEN and not order.charged_deposit_minor
    return {
        **_letter(order, lines),
        "deposit": _deposit(order) if is_running else None,
        "account": {"invoiced_minor": books.cost_minor, **_account(books)},
    }


def of_receipt(order: RentalOrder, paid: Sequence[Movement], books: OrderBooks) -> Content:
    """What was paid after the last invoice or receipt, and what is left to pay since."""
    standing = order.documents.standing_invoices()
    return {
        **_head(order),
        "payments": _moved(paid),
        "invoices": list(standing.values_list("number", flat=True)),
        "totals": {"total_minor": sum(payment.amount_minor for payment in paid)},
        "account": {"cost_minor": books.cost_minor, **_account(books)},
    }


def _account(books: OrderBooks) -> Content:
    """What was paid of the whole order, given back and is left."""
    return {
        "deposit_minor": books.deposit_minor,
        "movements": _moved(books.movements),
        "conceded_minor": books.on(ledger.REFUNDS),
        "balance_minor": books.on(ledger.CUSTOMER),
    }


def _moved(movements: Sequence[Movement]) -> list[Content]:
    return [
        {"on": _on_the_wall(moved.at)[:10], "amount_minor": moved.amount_minor}
        for moved in movements
    ]


def of_credit_note(invoice: Document) -> Content:
    """All of an invoice, taken back; to whom it was sent, even if he is called otherwise now."""
    lines = [line.taken_back for line in lines_of(invoice)]
    kept = ("shop", "customer", "order", "currency")
    return {
        **{part: invoice.content[part] for part in kept},
        **_sums(lines),
        "corrects_issued_on": _on_the_wall(invoice.issued_at)[:10],
    }


_DEPOSIT_IS_OPEN: Final = frozenset({OrderStatus.CONFIRMED, OrderStatus.PICKED_UP})


def lines_of(document: Document) -> list[Line]:
    """What a document that was issued says."""
    return [Line(**row) for row in document.content["lines"]]


def invoice_lines(order: RentalOrder, books: OrderBooks) -> list[Line]:
    """Everything that a binding order costs, by its rows: what was ordered, or what is kept of it,
    and the claims that were settled."""
    ordered = ordered_lines(order)
    if order.state in ENDED_BY_CUSTOMER:
        kept = kept_lines(-books.on(ledger.RENT), -books.on(ledger.TAX), ordered)
        return [*kept, *_kept_fee(-books.on(ledger.FEE))]
    fees = [_fee_line(change) for change in order.changes.applied() if change.fee_minor]
    accepted = order.claims.filter(status=ClaimStatus.ACCEPTED)
    return [*ordered, *fees, *(_claim_line(claim) for claim in accepted)]


def ordered_lines(order: RentalOrder) -> list[Line]:
    return [_item_line(item) for item in order.items.all()]


def _promised_lines(order: RentalOrder) -> list[Line]:
    """As ordered, with what kits are made of: that is what the customer gets and signs for."""
    return [_promised(item) for item in order.items.all()]


def _promised(item: RentalOrderItem) -> Line:
    text = f"{item.product_name} (each {item.made_of})" if item.made_of else item.product_name
    return replace(_item_line(item), text=text)


def _item_line(item: RentalOrderItem) -> Line:
    return Line(
        subject=str(item.pk),
        kind="RENTAL",
        text=item.product_name,
        quantity=item.quantity,
        unit_minor=item.unit_minor,
        net_minor=item.rent_minor,
        tax_rate=str(item.tax_rate),
        tax_minor=item.tax_minor,
        adjustment_minor=item.adjustment_minor,
        explanation=item.explanation,
    )


def _fee_line(change: OrderChange) -> Line:
    """What is kept of rent that was given up: as for claims, tax is not split off."""
    amount, day = change.fee_minor, _on_the_wall(change.created_at)[:10]
    text = f"Kept by the cancellation policy of what was given up on {day}"
    return Line(str(change.pk), "FEE", text, 1, amount, amount, "0", 0)


def _kept_fee(amount: int) -> list[Line]:
    """What is kept of such fees once the order has ended unused."""
    return [Line("kept:fee", "KEPT", "", 1, amount, amount, "0", 0)] if amount else []


def _claim_line(claim: Claim) -> Line:
    """Tax is neither added nor split off (docs/money.md)."""
    amount = claim.amount_minor
    return Line(str(claim.pk), claim.kind, claim.reason, 1, amount, amount, "0", 0)


def _letter(order: RentalOrder, lines: Sequence[Line]) -> Content:
    return {**_head(order), **_sums(lines)}


def _head(order: RentalOrder) -> Content:
    """From whom, to whom, about what, in which currency."""
    shop = {
        "name": settings.SHOP_NAME,
        "address": "\n".join(part.strip() for part in settings.SHOP_ADDRESS.split("|")),
        "tax_id": settings.SHOP_TAX_ID,
    }
    return {"shop": shop, **about(order), "currency": order.currency}


def _sums(lines: Sequence[Line]) -> Content:
    return {
        "lines": [asdict(line) for line in lines],
        "totals": {
            "net_minor": sum(line.net_minor for line in lines),
            "taxes": [asdict(tax) for tax in tax_by_rate(lines)],
            "total_minor": total_of(lines),
        },
    }


def _late_fees(order: RentalOrder) -> list[Content]:
    """The rules that the lines have, with what they are for."""
    return [
        {"text": row.product_name, "rule": row.late_fee}
        for row in order.items.all()
        if row.late_fee
    ]


def _deposit(order: RentalOrder) -> Content | None:
    if not order.deposit_minor:
        return None
    return {"amount_minor": order.deposit_minor, "strategy": order.deposit_strategy}


def _on_the_wall(instant: datetime) -> str:
    """With the shop's offset."""
    return instant.astimezone(ZoneInfo(settings.SHOP_TIME_ZONE)).isoformat(timespec="minutes")


CONTENT: Final = {DocumentKind.QUOTE: of_quote, DocumentKind.AGREEMENT: of_agreement}
