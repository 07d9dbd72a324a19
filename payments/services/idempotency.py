"""The same request again gives the same order (rule R12; matrix rows A01, A02)."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4, uuid5

from accounts.models import User
from common.errors import KeyReused
from common.prepared import fetch

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

    def check(self, fingerprint: str) -> None:
        """Raises KeyReused unless the key came before with this very request."""
        if fingerprint != self.fingerprint:
            raise KeyReused

    def id_for(self, customer: User) -> UUID:
        """Marks what the request makes, so that the same request finds it again."""
        return uuid5(customer.pk, f"{self.key}:{self.fingerprint}") if self.key else uuid4()

    def claim(self, customer: User, order_id: UUID) -> str:
        """What `payments_claim_request` takes (migrations/0003_place_order.py)."""
        values = {
            "customer_id": str(customer.pk),
            "key": self.stored_key,
            "fingerprint": self.fingerprint,
            "order_id": str(order_id),
            "lifetime": self.lifetime.total_seconds(),
        }
        return json.dumps(values)


@dataclass(frozen=True)
class Start:
    """What a request for an order begins with: the database's clock, and a number for the order.

    `earlier_order_id` is the order that the same request made before.
    """

    now: datetime
    order_number: str
    earlier_order_id: UUID | None


_START = """
SELECT statement_timestamp(), payments_next_order_number(), held.fingerprint, held.order_id
FROM (SELECT) AS one LEFT JOIN payments_idempotencykey AS held
  ON held.customer_id = %s AND held.key = %s AND held.created_at >= now() - %s::interval
 AND (held.key NOT LIKE 'same:%%' OR EXISTS (
    SELECT FROM payments_rentalorder AS made
    WHERE made.id = held.order_id AND made.status = 'PENDING'))
"""
_CLAIM = "SELECT is_new, order_id, fingerprint FROM payments_claim_request(%s)"


def start(customer: User, request: Request) -> Start:
    """Look up what the request made before; without a key, an order that is paid does not count.

    Raises KeyReused when the client's key came before with another request.
    """
    [row] = fetch(_START, [customer.pk, request.stored_key, request.lifetime])
    now, number, fingerprint, order_id = row
    if fingerprint is not None:
        request.check(fingerprint)
    return Start(now, number, order_id)


def claim(customer: User, request: Request, order_id: UUID) -> bool:
    """Let the request stand for `order_id`; False if the same request came before.

    Must run in the transaction that carries the request out. Raises KeyReused.
    """
    [(is_new, _, fingerprint)] = fetch(_CLAIM, [request.claim(customer, order_id)])
    request.check(fingerprint)
    return bool(is_new)


def is_first(user: User | None, request: Request | None, order_id: UUID) -> bool:
    """Claim a request that concerns an existing order; without a key every one is the first."""
    if user is None or request is None or not request.key:
        return True
    return claim(user, request, order_id)
