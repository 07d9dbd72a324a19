"""The objects, in memory.

An object in here is never changed in place: ``update`` puts a new dict in its stead. A snapshot
(an event's ``data.object``) is therefore the dict itself, and nothing is ever copied deeply.
Nested dicts may be shared between objects for the same reason.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

from .errors import resource_missing

Obj = dict[str, Any]


def _always(_: Obj) -> bool:
    return True


class Collection:
    """All objects of one kind, oldest first, bounded."""

    def __init__(
        self,
        kind: str,
        keep: int,
        finished: Callable[[Obj], bool] = _always,
        id_param: str = "id",
    ) -> None:
        self.kind = kind
        self._keep = keep
        self._finished = finished
        self._id_param = id_param
        self._objects: dict[str, Obj] = {}
        self._parts: dict[str, Any] = {}
        self._numbers: dict[str, int] = {}
        self._count = 0
        #: Ids in the order in which their turn to be dropped comes.
        self._turns: OrderedDict[str, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._objects)

    def newest_first(self) -> Iterator[Obj]:
        """All objects in the order in which Stripe lists them."""
        return reversed(self._objects.values())

    def find(self, object_id: str) -> Obj | None:
        """The object of that id, if there is one."""
        return self._objects.get(object_id)

    def get(self, object_id: str, param: str | None = None) -> Obj:
        """The object of that id; raises Stripe's 404 ``resource_missing``, naming ``param``.

        By default that is what Stripe calls the id in the address.
        """
        found = self._objects.get(object_id)
        if found is None:
            raise resource_missing(self.kind, object_id, param or self._id_param)
        return found

    def number(self, object_id: str) -> int:
        """The place of the object in the order of creation."""
        return self._numbers[object_id]

    def add(self, obj: Obj) -> Obj:
        """Put in a new object, and let an old one go where there are too many."""
        self._count += 1
        self._objects[obj["id"]] = obj
        self._numbers[obj["id"]] = self._count
        self._turns[obj["id"]] = None
        if len(self._objects) > self._keep:
            self._evict()
        return obj

    def update(self, object_id: str, **changes: Any) -> Obj:
        """Replace the object by one with ``changes``; the old dict stays as it was."""
        return self.replace({**self._objects[object_id], **changes})

    def replace(self, obj: Obj) -> Obj:
        """Put ``obj`` in the place of the object that has its id."""
        self._objects[obj["id"]] = obj
        return obj

    def attach(self, object_id: str, part: Any) -> None:
        """Keep something with the object that it does not show, for as long as it is kept."""
        self._parts[object_id] = part

    def part(self, object_id: str) -> Any:
        """What was attached to the object."""
        return self._parts[object_id]

    def remove(self, object_id: str) -> None:
        """Take the object out."""
        self._objects.pop(object_id, None)
        self._parts.pop(object_id, None)
        self._numbers.pop(object_id, None)
        self._turns.pop(object_id, None)

    def clear(self) -> None:
        """Take all objects out."""
        self._objects.clear()
        self._parts.clear()
        self._numbers.clear()
        self._turns.clear()

    def _evict(self) -> None:
        """Drop old objects that are finished; past twice the limit, the oldest of all.

        Looking at a few each time is enough to stay near the limit. One that is not finished goes
        to the end of the queue, so that it does not block it.
        """
        for _ in range(8):
            turn = next(iter(self._turns))
            if self._finished(self._objects[turn]):
                self.remove(turn)
            else:
                self._turns.move_to_end(turn)
            if len(self._objects) <= self._keep:
                return
        if len(self._objects) > 2 * self._keep:
            self.remove(next(iter(self._objects)))


def _with_status(*statuses: str) -> Callable[[Obj], bool]:
    return lambda obj: obj["status"] in statuses


def _archived(obj: Obj) -> bool:
    return not obj["active"]


class Store:
    """All collections; ``keep`` is how many finished objects of each kind stay."""

    def __init__(self, keep: int = 20_000) -> None:
        self.customers = Collection("customer", keep)
        self.deleted_customers = Collection("customer", keep)
        self.payment_methods = Collection("PaymentMethod", keep)
        self.payment_intents = Collection(
            "payment_intent", keep, _with_status("succeeded", "canceled"), id_param="intent"
        )
        self.setup_intents = Collection("setupintent", keep, _with_status("succeeded", "canceled"))
        self.setup_attempts = Collection("setup attempt", keep)
        self.charges = Collection("charge", keep)
        self.refunds = Collection("refund", keep)
        self.disputes = Collection("dispute", keep, _with_status("won", "lost", "warning_closed"))
        self.payouts = Collection("payout", keep, _with_status("paid", "canceled", "failed"))
        #: By currency, see ``resources/balance.py``.
        self.balances = Collection("balance", keep)
        self.balance_transactions = Collection("balance transaction", keep)
        self.checkout_sessions = Collection(
            "checkout.session", keep, _with_status("complete", "expired")
        )
        self.products = Collection("product", keep, _archived)
        self.prices = Collection("price", keep, _archived)
        self.subscriptions = Collection(
            "subscription", keep, _with_status("canceled", "incomplete_expired")
        )
        self.subscription_items = Collection("subscription item", keep, self._subscription_ended)
        self.invoices = Collection("invoice", keep, _with_status("paid", "void", "uncollectible"))
        self.invoice_items = Collection("invoiceitem", keep, lambda one: one["invoice"] is not None)
        self.invoice_payments = Collection(
            "invoice_payment", keep, _with_status("paid", "canceled")
        )
        self.test_clocks = Collection("test clock", keep)
        self.events = Collection("event", keep)

    def _subscription_ended(self, item: Obj) -> bool:
        subscription = self.subscriptions.find(item["subscription"])
        return subscription is None or subscription["ended_at"] is not None

    def collections(self) -> dict[str, Collection]:
        """The collections by name."""
        return {name: c for name, c in vars(self).items() if isinstance(c, Collection)}

    def find(self, object_id: str) -> Obj | None:
        """The object of any kind that has this id; the prefix tells the kind."""
        collection = self._by_prefix(object_id.partition("_")[0])
        # Only products may have an id of the caller's choice.
        return (collection or self.products).find(object_id)

    def _by_prefix(self, prefix: str) -> Collection | None:
        return {
            "cus": self.customers,
            "pm": self.payment_methods,
            "pi": self.payment_intents,
            "seti": self.setup_intents,
            "setatt": self.setup_attempts,
            "ch": self.charges,
            "py": self.charges,
            "re": self.refunds,
            "pyr": self.refunds,
            "bal": self.balances,
            "du": self.disputes,
            "po": self.payouts,
            "txn": self.balance_transactions,
            "cs": self.checkout_sessions,
            "prod": self.products,
            "price": self.prices,
            "sub": self.subscriptions,
            "si": self.subscription_items,
            "in": self.invoices,
            "ii": self.invoice_items,
            "inpay": self.invoice_payments,
            "clock": self.test_clocks,
            "evt": self.events,
        }.get(prefix)

    def clear(self) -> None:
        """Forget everything."""
        for collection in self.collections().values():
            collection.clear()
