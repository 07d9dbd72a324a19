"""Rows and requests for tests, with sensible defaults."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import User
from accounts.tests.factories import make_user
from catalog.models import Product
from payments.domain import facts
from payments.domain.facts import PaymentFact
from payments.domain.period import Period
from payments.models import Coupon, Payment, PaymentGateway, RentalOrder
from payments.services import orders
from payments.services.checkout import open_checkout
from payments.services.idempotency import Request
from payments.services.pages import new_page
from payments.services.quotes import CartLine
from payments.services.settlement import absorb


def _next_start() -> datetime:
    """Far enough ahead for the whole price to come back on cancelling, at ten in the morning UTC,
    and with two weeks in which the shop's clock does not change: so many days are so many days."""
    start = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0)
    start += timedelta(days=30)
    zone = ZoneInfo(settings.SHOP_TIME_ZONE)
    while (start + timedelta(days=14)).astimezone(zone).dst() != start.astimezone(zone).dst():
        start += timedelta(days=1)
    return start


START = _next_start()


def make_gateway(**overrides: Any) -> PaymentGateway:
    """The shop's Stripe gateway, as in the spec; credentials come from the settings."""
    values = {"name": "Stripe Payment Gateway", "gateway_type": "STRIPE", "is_test_mode": True}
    return PaymentGateway.objects.create(**{**values, **overrides})


def period(days: float = 2, start: datetime = START) -> Period:
    """`days` days from START."""
    return Period(start, start + timedelta(days=days))


def cart_body(
    *lines: tuple[Product, int], when: Period | None = None, **more: Any
) -> dict[str, Any]:
    """The JSON body of create_from_cart and quote."""
    when = when or period()
    return {
        "cart_items": [{"product_id": str(p.pk), "quantity": quantity} for p, quantity in lines],
        "rental_start_date": when.start.isoformat(),
        "rental_end_date": when.end.isoformat(),
        **more,
    }


_count = 0


def place(
    customer: User,
    *lines: tuple[Product, int],
    when: Period | None = None,
    key: str = "",
    coupon: str = "",
) -> RentalOrder:
    """An order as the service writes it, without a checkout; each call is a request of its own."""
    return placed(customer, lines, when, key, coupon).order


def placed(
    customer: User,
    lines: Sequence[tuple[Product, int]],
    when: Period | None,
    key: str,
    coupon: str = "",
) -> orders.Placed:
    global _count
    _count += 1
    wanted = [CartLine(p.pk, quantity) for p, quantity in lines]
    cart = orders.Cart(wanted, when or period(), coupon_code=coupon)
    request = Request(key or f"test-{_count}", "f" * 64)
    return orders.place_order(customer=customer, cart=cart, request=request)


def place_with_checkout(
    customer: User, *lines: tuple[Product, int], when: Period | None = None
) -> tuple[RentalOrder, Payment]:
    """An order whose checkout is open at the sandbox (needs the `sandbox` fixture)."""
    done = placed(customer, lines, when, "")
    payment = open_checkout(done.order, done.new_payment)
    assert payment is not None
    return done.order, payment


def make_coupon(**values: Any) -> Coupon:
    """SUMMER, ten percent off everything."""
    terms = {} if "amount_minor" in values else {"percent": Decimal(10)}
    return Coupon.objects.create(**{"code": "SUMMER", **terms, **values})


def place_paid(
    customer: User, *lines: tuple[Product, int], when: Period | None = None, coupon: str = ""
) -> RentalOrder:
    """A confirmed order whose money is there, without asking any gateway."""
    order = place(customer, *lines, when=when, coupon=coupon)
    payment = order.payments.get()
    paid = PaymentFact(
        facts.SUCCEEDED,
        intent_id=f"pi_{order.pk.hex}",
        amount_minor=payment.amount_minor,
        currency=payment.currency,
    )
    absorb(payment, [paid])
    order.refresh_from_db()
    assert order.status == "CONFIRMED"
    return order


def pay_balance(order: RentalOrder) -> Payment:
    """What is owed for a binding order arrives, without asking any gateway."""
    owed = order.balance_due_minor
    payment = new_page(order, owed, Payment.Purpose.BALANCE, "Balance", timezone.now())
    paid = PaymentFact(
        facts.SUCCEEDED,
        intent_id=f"pi_{payment.pk.hex}",
        amount_minor=owed,
        currency=order.currency,
    )
    absorb(payment, [paid])
    return payment


def api_client(user: User | None = None) -> APIClient:
    """A client of the API with a bearer token of `user` if given."""
    client = APIClient()
    if user is not None:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(user).access}")
    return client


__all__ = ["START", "api_client", "cart_body", "make_gateway", "make_user", "period", "place"]
