"""From money to status: the one table of what an order's books call for (architecture, idea 7)."""

from dataclasses import dataclass
from enum import StrEnum

from payments.domain.states import OrderStatus


@dataclass(frozen=True)
class Books:
    """An order's money in minor units, as far as it is known.

    `received` is captured money. `given_back` is every refund asked for, failed ones included: a
    refund that failed is a task for a person, never a reason to send another by itself.
    """

    status: OrderStatus
    due: int
    kept_on_cancel: int
    received: int
    given_back: int
    payable: bool  # a checkout is open, or a delayed payment is on its way
    settled: bool = False  # returned, deposit settled, and nothing is owed to either side

    @property
    def balance(self) -> int:
        return self.received - self.given_back


class Move(StrEnum):
    NOTHING = "nothing"
    CONFIRM = "confirm"
    RETAKE = "retake"  # late money: take the units again if that is still possible (D6.5)
    EXPIRE = "expire"
    COMPLETE = "complete"


@dataclass(frozen=True)
class Decision:
    """Do `move`; give `refund` minor units back. A RETAKE that fails gives everything back."""

    move: Move = Move.NOTHING
    refund: int = 0


LIVE = frozenset(
    {
        OrderStatus.CONFIRMED,
        OrderStatus.PICKED_UP,
        OrderStatus.RETURNED,
        OrderStatus.COMPLETED,
    }
)

# The shop may keep a part of what was paid for these.
ENDED_BY_CUSTOMER = frozenset({OrderStatus.CANCELLED, OrderStatus.NO_SHOW})


def decide(books: Books) -> Decision:
    """What to do now. Deciding again on the result of a decision decides nothing."""
    if books.status is OrderStatus.PENDING:
        return _decide_pending(books)
    if books.status in LIVE:
        done = books.status is OrderStatus.RETURNED and books.settled
        move = Move.COMPLETE if done else Move.NOTHING
        return Decision(move, refund=max(0, books.balance - books.due))
    if books.status is OrderStatus.EXPIRED and books.balance >= books.due > 0:
        return Decision(Move.RETAKE, refund=books.balance - books.due)
    kept = books.kept_on_cancel if books.status in ENDED_BY_CUSTOMER else 0
    return Decision(refund=max(0, books.balance - kept))


def _decide_pending(books: Books) -> Decision:
    if books.balance >= books.due:
        return Decision(Move.CONFIRM, refund=books.balance - books.due)
    if not books.payable:
        return Decision(Move.EXPIRE, refund=max(0, books.balance))
    return Decision()
