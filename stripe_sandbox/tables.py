"""What the control page shows of each kind of object: its columns, and its JSON with links."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import dropwhile, islice

from markupsafe import Markup, escape

from .store import Collection, Obj, Store

PAGE = 50

#: Fields by collection; one that an object does not have stays empty.
COLUMNS: dict[str, tuple[str, ...]] = {
    "checkout_sessions": (
        *("created", "id", "mode", "amount_total", "status", "payment_status"),
        "client_reference_id",
    ),
    "payment_intents": ("created", "id", "amount", "amount_received", "status", "description"),
    "setup_intents": ("created", "id", "status", "usage", "customer", "payment_method"),
    "charges": ("created", "id", "amount", "amount_refunded", "status", "payment_intent"),
    "refunds": ("created", "id", "amount", "status", "reason", "payment_intent"),
    "disputes": ("created", "id", "amount", "status", "reason", "payment_intent"),
    "customers": ("created", "id", "name", "email"),
    "payment_methods": ("created", "id", "type", "customer"),
    "balance_transactions": ("created", "id", "type", "amount", "fee", "net", "source"),
    "payouts": ("created", "id", "amount", "status", "automatic"),
    "products": ("created", "id", "name", "active"),
    "prices": ("created", "id", "unit_amount", "type", "product", "active"),
    "subscriptions": ("created", "id", "status", "customer", "latest_invoice"),
    "invoices": ("created", "id", "amount_due", "amount_paid", "status", "customer"),
    "events": ("created", "type", "about", "pending_webhooks", "id"),
}
AMOUNTS = frozenset(
    "amount amount_total amount_received amount_refunded amount_due amount_paid fee net "
    "unit_amount".split()
)


def columns(collection: str) -> tuple[str, ...]:
    """The fields to show of the objects of that collection."""
    return COLUMNS.get(collection, ("created", "id", "status"))


def newest(collection: Collection, before: str | None = None, wanted: str = "") -> list[Obj]:
    """Up to a page and one more of the newest objects older than ``before``.

    ``wanted`` is a piece of text that their JSON must have in it.
    """
    objects: Iterator[Obj] = iter(collection.newest_first())
    if before is not None and collection.find(before) is not None:
        objects = dropwhile(lambda obj: obj["id"] != before, objects)
        next(objects)
    if wanted:
        needle = wanted.lower()
        objects = (o for o in objects if needle in json.dumps(o, ensure_ascii=False).lower())
    return list(islice(objects, PAGE + 1))


def home_of(store: Store, object_id: str) -> str | None:
    """The name of the collection in which an object is."""
    for name, collection in store.collections().items():
        if collection.find(object_id) is not None:
            return name
    return None


_QUOTED_ID = re.compile(r"&#34;([a-z]+_[A-Za-z0-9_]{8,})&#34;")


def linked(store: Store, document: object) -> Markup:
    """Indented JSON, in which the ids of objects that there are lead to them."""
    text = str(escape(json.dumps(document, ensure_ascii=False, indent=2)))

    def link(found: re.Match[str]) -> str:
        home = home_of(store, found[1])
        if home is None:
            return found[0]
        return f'&#34;<a href="/objects/{home}/{found[1]}">{found[1]}</a>&#34;'

    return Markup(_QUOTED_ID.sub(link, text))  # noqa: S704 - escaped above
