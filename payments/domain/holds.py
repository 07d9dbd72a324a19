"""When a deposit is held on a card, held again, and let go (domain rule D4)."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from payments.domain.states import OrderStatus, PaymentStatus, Status

# What a bank keeps a hold for, where it does not say: the shortest window there is (Visa, when the
# customer is not there).
SHORTEST_WINDOW: Final = timedelta(days=4, hours=18)

# A hold that is needed for longer is placed anew so long before it ends: time for a customer whose
# card refuses, and for a gateway that is away.
RENEW_AHEAD: Final = timedelta(hours=24)


class DepositStatus(Status):
    """Where a deposit stands that is not paid with the rent."""

    PLANNED = "PLANNED"  # nothing is held yet; that is done shortly before pickup
    PENDING = "PENDING"  # asked for, and the bank has not answered
    HELD = "HELD"
    ON_FILE = "ON_FILE"  # a card is saved, and charged if there is a claim
    ACTION_REQUIRED = "ACTION_REQUIRED"  # the customer has to do something himself
    CAPTURED = "CAPTURED"
    RELEASED = "RELEASED"


# The bank has been asked, and has not answered yet.
ASKED: Final = frozenset({PaymentStatus.PENDING, PaymentStatus.PROCESSING})

# Until the order is one of these, its deposit is not needed; afterwards, not any more.
_SECURED: Final = frozenset({OrderStatus.CONFIRMED, OrderStatus.PICKED_UP, OrderStatus.RETURNED})


@dataclass(frozen=True)
class Hold:
    """One hold of an order, or an attempt at one. `is_closing`: it is being captured or released.
    `on_page`: the customer makes it himself, at the gateway's page."""

    id: Hashable
    status: PaymentStatus
    capture_before: datetime | None = None
    is_closing: bool = False
    on_page: bool = False

    @property
    def stands(self) -> bool:
        """Whether it could be captured."""
        return self.status is PaymentStatus.AUTHORIZED and not self.is_closing

    @property
    def is_asked_for(self) -> bool:
        """Whether the bank is to answer. A page on which nobody has done anything asks no bank."""
        if self.status is PaymentStatus.PENDING:
            return not self.on_page
        return self.status is PaymentStatus.PROCESSING


@dataclass(frozen=True)
class Rental:
    """What matters of an order: where it stands, its period, whether its deposit is settled."""

    status: OrderStatus
    start: datetime
    end: datetime
    is_settled: bool = False

    @property
    def needs_deposit(self) -> bool:
        return self.status in _SECURED and not self.is_settled

    @property
    def is_paid(self) -> bool:
        return self.status not in (OrderStatus.DRAFT, OrderStatus.PENDING)


@dataclass(frozen=True)
class HoldPlan:
    """What is to be done now: these are let go of, and a new one is placed, or not."""

    release: list[Hashable] = field(default_factory=list)
    place: bool = False


def needed_until(rental: Rental, now: datetime, inspection: timedelta) -> datetime:
    """Until when the shop may have a claim. An overdue rental may end at any time."""
    is_overdue = rental.status is OrderStatus.PICKED_UP and now > rental.end
    return (now if is_overdue else rental.end) + inspection


def plan_holds(
    rental: Rental, holds: Sequence[Hold], now: datetime, *, lead: timedelta, inspection: timedelta
) -> HoldPlan:
    """What an order's holds call for, oldest first. Deciding again on the result decides nothing.

    A hold is followed by a new one in time, and let go of only when that stands. After a refusal,
    or when one has lapsed, nothing happens by itself: the customer or the shop has to act.
    """
    standing = [hold for hold in holds if hold.stands]
    if not rental.needs_deposit:
        return HoldPlan(release=[hold.id for hold in standing])
    keep = max(standing, key=_ends, default=None)
    release = [hold.id for hold in standing if hold is not keep]
    if not holds:
        return HoldPlan(release, place=rental.start - lead <= now)
    return HoldPlan(
        release, place=holds[-1] is keep and _ends_too_soon(keep, rental, now, inspection)
    )


def _ends_too_soon(hold: Hold, rental: Rental, now: datetime, inspection: timedelta) -> bool:
    ends = _ends(hold)
    return ends - RENEW_AHEAD <= now and ends < needed_until(rental, now, inspection)


def _ends(hold: Hold) -> datetime:
    if hold.capture_before is None:
        raise ValueError("A hold that stands has an end.")
    return hold.capture_before


def status_of_holds(
    rental: Rental, holds: Sequence[Hold], now: datetime, *, inspection: timedelta
) -> DepositStatus:
    """Where the deposit of an order stands by its holds, oldest first."""
    if any(hold.status is PaymentStatus.SUCCEEDED for hold in holds):
        return DepositStatus.CAPTURED
    if not rental.needs_deposit:
        return DepositStatus.RELEASED if rental.is_paid else DepositStatus.PLANNED
    if any(hold.is_asked_for for hold in holds):
        return DepositStatus.PENDING if not secures(holds) else DepositStatus.HELD
    standing = [hold for hold in holds if hold.stands]
    lasts = any(not _ends_too_soon(hold, rental, now, inspection) for hold in standing)
    if lasts or (standing and holds[-1].stands):
        return DepositStatus.HELD
    return DepositStatus.ACTION_REQUIRED if holds else DepositStatus.PLANNED


def secures(holds: Sequence[Hold]) -> bool:
    """Whether something could be captured now."""
    return any(hold.stands for hold in holds)
