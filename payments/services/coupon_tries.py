"""Trying coupon codes: right ones as often as one likes, wrong ones a few times (rule R21)."""

from datetime import datetime, timedelta
from typing import Final

from accounts.models import User
from common.errors import TooManyRequests
from common.throttling import check, hit
from payments.domain.errors import UnknownCoupon
from payments.models import Coupon
from payments.services.coupons import find_coupon

# A customer who mistypes does not notice; who guesses gets nowhere, even with many accounts, whose
# peer is one. Only what turned out wrong is counted, since many honest people share an address.
WRONG_WINDOW: Final = timedelta(hours=1)
WRONG_PER_CUSTOMER: Final = 30
WRONG_PER_PEER: Final = 100

_WAIT: Final = "Too many coupon codes that there are not. Please wait, or go on without a coupon."


def try_coupon(code: str, now: datetime, *, customer: User | None, peer: str) -> Coupon | None:
    """The coupon of `code`; None without one.

    Raises what `find_coupon` raises, and TooManyRequests for everybody who has tried too many codes
    that there are not; then for right ones, too, or he could go on. Call it outside a transaction.
    """
    if not code:
        return None
    counters = _counters(customer, peer)
    try:
        for scope, identity, limit in counters:
            check(scope, identity, limit=limit)
        return find_coupon(code, now)
    except UnknownCoupon:
        _count(counters)
        raise
    except TooManyRequests as error:
        raise _refusal(error) from None


Counter = tuple[str, str, int]


def _counters(customer: User | None, peer: str) -> list[Counter]:
    # The peer comes last: what a customer tries after his own limit does not count against others.
    own = [("coupon-customer", str(customer.pk), WRONG_PER_CUSTOMER)] if customer else []
    return [*own, *([("coupon-peer", peer, WRONG_PER_PEER)] if peer else [])]


def _count(counters: list[Counter]) -> None:
    try:
        for scope, identity, limit in counters:
            hit(scope, identity, limit=limit, window=WRONG_WINDOW)
    except TooManyRequests as error:  # of many tried at once
        raise _refusal(error) from None


def _refusal(error: TooManyRequests) -> TooManyRequests:
    return TooManyRequests(_WAIT, errors={"coupon_code": [_WAIT]}, retry_after=error.retry_after)
