"""What every payment service must do for us, in our own words.

An adapter speaks our values outwards and gives facts inwards. It writes nothing to the database. To
add one, see docs/adding-a-gateway.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from common.errors import InvalidInput
from payments.domain.errors import GatewayUnavailable
from payments.domain.facts import DisputeFact, Fact, PaymentFact, RefundFact


class InvalidSignature(InvalidInput):
    """A webhook that the gateway did not sign, or not now."""

    code = "invalid_signature"
    default_message = "The signature of this webhook is not valid."


class NotConfigured(GatewayUnavailable):
    """The gateway has no credentials, neither in its row nor in the environment."""

    code = "gateway_not_configured"
    default_message = (
        "The shop cannot take payments at the moment. Your order is kept; please try again later."
    )


@dataclass(frozen=True)
class Credentials:
    """Plain values; `webhook_secrets` may hold several while one is being rolled."""

    public_key: str
    secret_key: str
    webhook_secrets: tuple[str, ...]
    livemode: bool

    def __repr__(self) -> str:  # never in a log or a traceback
        return f"Credentials(livemode={self.livemode})"


@dataclass(frozen=True)
class CheckoutLine:
    """One line the customer sees: `quantity` times `unit_minor` minor units, and why so much."""

    name: str
    unit_minor: int
    quantity: int = 1
    description: str = ""


@dataclass(frozen=True)
class Checkout:
    """What a checkout session asks for; the lines sum up to the payment's amount to the cent.

    `saves_card`: the customer's card is kept, to be used later without him. `holds`: the amount is
    held and not taken. `customer_id`: the gateway's, for a customer whom it knows already.
    """

    payment_id: str
    order_number: str
    currency: str
    lines: Sequence[CheckoutLine]
    expires_at: datetime
    success_url: str
    cancel_url: str
    saves_card: bool = False
    holds: bool = False
    customer_id: str = ""


@dataclass(frozen=True)
class OpenedCheckout:
    session_id: str
    url: str


@dataclass(frozen=True)
class Sought:
    """What we know of a payment when we ask the gateway about it."""

    payment_id: str
    session_id: str
    intent_id: str


@dataclass(frozen=True)
class CardRequest:
    """Ask a saved card, without its owner, for `amount_minor`; `holds`: to hold and not to pay it.

    `customer_id` and `method_id` are the gateway's.
    """

    payment_id: str
    order_number: str
    amount_minor: int
    currency: str
    customer_id: str
    method_id: str
    holds: bool


@dataclass(frozen=True)
class RefundOrder:
    """Give `amount_minor` of a captured payment back."""

    refund_id: str
    intent_id: str
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class GatewayEvent:
    """A verified webhook. `look_up` names an object to fetch where the event says too little."""

    event_id: str
    event_type: str
    object_id: str
    livemode: bool
    occurred_at: datetime
    facts: tuple[Fact, ...] = ()
    look_up: str = ""


class Gateway(Protocol):
    """One payment service with the shop's credentials.

    Every method but those that only make a request or read a webhook goes over the network and may
    raise GatewayUnavailable (nobody knows what happened: ask again with the same key) or
    GatewayRefused (nothing was done).

    `shortest_window`: a checkout is refused that is opened less than this before it ends.
    """

    shortest_window: timedelta

    @staticmethod
    def key_is_live(secret_key: str) -> bool | None:
        """Whether the key moves real money; None where it does not say."""
        ...

    def checkout_request(self, checkout: Checkout) -> dict[str, Any]:
        """The request in the gateway's own words, to be frozen on the payment row."""
        ...

    def open_checkout(self, request: Mapping[str, Any], key: str) -> OpenedCheckout: ...

    def find_checkout(self, payment_id: str, since: datetime) -> OpenedCheckout | None:
        """The session opened for our payment at `since` or later, by what we told the gateway."""
        ...

    def expire_checkout(self, session_id: str, key: str) -> None:
        """Make sure the session can not be paid any more; a session already closed is fine."""
        ...

    def card_request(self, card: CardRequest) -> dict[str, Any]:
        """As `checkout_request`, for a card that is asked without its owner."""
        ...

    def ask_card(self, request: Mapping[str, Any], key: str) -> PaymentFact:
        """What came of it; a card that declines, or wants its owner, is no error."""
        ...

    def find_payment(self, payment_id: str, since: datetime) -> list[Fact]:
        """What a card was asked for our payment at `since` or later, as `find_checkout`."""
        ...

    def capture(self, intent_id: str, amount_minor: int, key: str) -> PaymentFact:
        """Take so much of what is held, once, and let go of the rest."""
        ...

    def release(self, intent_id: str, key: str) -> PaymentFact:
        """Let go of what is held."""
        ...

    def fetch_payment(self, sought: Sought) -> list[Fact]:
        """Everything known about a payment, its refunds and its disputes."""
        ...

    def fetch_object(self, object_id: str) -> list[Fact]:
        """The same, for the payment that one of the gateway's own objects belongs to."""
        ...

    def fetch_refunds(self, intent_id: str) -> list[RefundFact]: ...

    def refund(self, order: RefundOrder, key: str) -> RefundFact: ...

    def list_payments(self, since: datetime) -> Iterator[PaymentFact]:
        """Every payment of the account made at `since` or later, ours or not, in pages of 100: the
        next page is fetched, and may raise, when the iterator comes to it."""
        ...

    def list_refunds(self, since: datetime) -> Iterator[RefundFact]:
        """The same for refunds."""
        ...

    def list_disputes(self, since: datetime) -> Iterator[DisputeFact]:
        """The same for disputes."""
        ...

    def list_undelivered(self, since: datetime) -> Iterator[GatewayEvent]:
        """The same for webhooks that we have not answered with a success."""
        ...

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> GatewayEvent:
        """Verify and normalize a webhook. Raises InvalidSignature."""
        ...
