"""The same request again gives the same order (rule R12; matrix rows A01, A02)."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from accounts.models import User
from common.errors import KeyReused
from payments.models import IdempotencyKey

KEY_LIFETIME: Final = timedelta(hours=24)
DOUBLE_CLICK: Final = timedelta(seconds=60)


@dataclass(frozen=True)
class Request:
    """What makes two requests the same. `key` is the client's, or empty."""

    key: str
    fingerprint: str

    @classmethod
    def of(cls, key: str, method: str, path: str, body: dict[str, Any]) -> "Request":
        canonical = json.dumps([method, path, body], sort_keys=True, default=str)
        return cls(key, hashlib.sha256(canonical.encode()).hexdigest())

    @property
    def stored_key(self) -> str:
        return f"key:{self.key}" if self.key else f"same:{self.fingerprint}"

    @property
    def lifetime(self) -> timedelta:
        return KEY_LIFETIME if self.key else DOUBLE_CLICK


@dataclass(frozen=True)
class Claim:
    """`order_id` is the order this request stands for; `is_new` if it has to be made now."""

    order_id: UUID
    is_new: bool
    order_number: str  # for the order if it is new
    now: datetime  # the database's clock
    unpaid_orders: int  # how many the customer has by now, if that was asked for


# One statement is lock, look-up, insert and count. The update part changes nothing unless the old
# row has outlived its time, but makes a twin wait here until we commit.
_CLAIM = """
INSERT INTO payments_idempotencykey AS held (customer_id, key, fingerprint, order_id, created_at)
VALUES (%(customer)s, %(key)s, %(fingerprint)s, %(order)s, now())
ON CONFLICT (customer_id, key) DO UPDATE SET
    order_id = CASE WHEN held.created_at < now() - %(lifetime)s * interval '1 second'
                    THEN excluded.order_id ELSE held.order_id END,
    fingerprint = CASE WHEN held.created_at < now() - %(lifetime)s * interval '1 second'
                    THEN excluded.fingerprint ELSE held.fingerprint END,
    created_at = CASE WHEN held.created_at < now() - %(lifetime)s * interval '1 second'
                    THEN now() ELSE held.created_at END
RETURNING order_id, fingerprint, payments_next_order_number(), now(),
    CASE WHEN %(count_unpaid)s THEN payments_unpaid_orders(customer_id) ELSE 0 END
"""


def claim(
    customer: User, request: Request, new_order_id: UUID, *, count_unpaid: bool = False
) -> Claim:
    """Take the request for `new_order_id`, or learn which order it made before.

    `count_unpaid` also counts the customer's unpaid orders and locks his row, so that they stay as
    many: not before an order that exists already is locked (rule R11). Raises KeyReused when the
    client's key came before with another request. Must run in the transaction that writes the
    order.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                "customer": customer.pk,
                "key": request.stored_key,
                "fingerprint": request.fingerprint,
                "order": new_order_id,
                "lifetime": request.lifetime.total_seconds(),
                "count_unpaid": count_unpaid,
            },
        )
        order_id, fingerprint, number, now, unpaid = cursor.fetchone()
    if fingerprint != request.fingerprint:
        raise KeyReused
    return Claim(order_id, order_id == new_order_id, number, now, unpaid)


def reassign(customer: User, request: Request, order_id: UUID) -> None:
    """Let a claimed request stand for another order from now on."""
    IdempotencyKey.objects.filter(customer=customer, key=request.stored_key).update(
        order_id=order_id
    )
