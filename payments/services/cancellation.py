"""What comes back if an order ends now: told before, and done by the same rule (domain rule D5)."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from payments.domain.cancellation import Cancellation, Ending, Paid, Policy, cancellation
from payments.domain.refunds import Parts
from payments.domain.states import OrderStatus, RefundStatus, check_order_step
from payments.models import Payment, RentalOrder
from payments.services.journal import Actor
from payments.services.refunds import shares
from payments.services.settlement import books_of


@dataclass(frozen=True)
class CancellationQuote:
    """What would come back of `order`, and from which payments (minor units, newest first)."""

    order: RentalOrder
    terms: Cancellation
    payments: list[tuple[Payment, int]]


def cancellation_quote(order: RentalOrder, actor: Actor, now: datetime) -> CancellationQuote:
    """Exactly what `cancel_order` would do now. Raises IllegalStep if it would refuse."""
    check_order_step(order.state, OrderStatus.CANCELLED)
    terms = terms_of(order, ending_by(order, actor), now)
    return CancellationQuote(order, terms, shares(order, terms.back.total))


def ending_by(order: RentalOrder, actor: Actor) -> Ending:
    """Why the order ends if `actor` cancels it."""
    if order.state is not OrderStatus.CONFIRMED:
        return Ending.UNPAID
    return Ending.BY_SHOP if actor.is_shop else Ending.BY_CUSTOMER


def terms_of(order: RentalOrder, ending: Ending, now: datetime) -> Cancellation:
    """What comes back and what is kept by the policy that the order was confirmed under."""
    return cancellation(
        ending=ending,
        policy=policy_of(order),
        notice=order.rental_start_date - now,
        paid=_paid(order),
    )


def policy_of(order: RentalOrder) -> Policy:
    """The policy that the order was confirmed under, else the shop's of now (D5)."""
    stored = order.cancellation_policy
    return Policy.from_json(stored) if stored else Policy.parse(settings.CANCELLATION_POLICY)


def _paid(order: RentalOrder) -> Paid:
    books = books_of(order)
    before = order.refunds.exclude(status=RefundStatus.CANCELLED)
    return Paid(
        price=Parts(order.rent_minor, order.tax_minor, order.charged_deposit_minor),
        currency=order.currency,
        received=books.received,
        fee=order.fee_minor,
        given_back=books.given_back,
        deposit_given_back=sum(refund.deposit_minor for refund in before),
    )
