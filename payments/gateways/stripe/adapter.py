"""A shop's Stripe account, as a gateway of ours."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import stripe

from common.logging import get_logger
from payments.domain.errors import GatewayRefused
from payments.domain.facts import DisputeFact, Fact, PaymentFact, RefundFact
from payments.gateways.base import (
    CardRequest,
    Checkout,
    CheckoutLine,
    Credentials,
    GatewayEvent,
    InvalidSignature,
    NotConfigured,
    OpenedCheckout,
    RefundOrder,
    Sought,
)
from payments.gateways.stripe.errors import our_errors
from payments.gateways.stripe.facts import (
    EVENT_TYPES,
    check_storable,
    dispute_fact,
    intent_fact,
    is_disputed,
    normalize,
    refund_fact,
    session_facts,
)
from payments.gateways.stripe.signatures import signed_by
from payments.gateways.stripe.transport import Transport

log = get_logger(__name__)

# Stripe's clock may be behind ours by this much when we look for something by its age.
CLOCKS_APART: Final = timedelta(minutes=10)


class StripeGateway:
    """A shop's Stripe account; `payments.gateways.base.Gateway` says what each method promises."""

    # Half an hour from when Stripe hears of it, and a minute for the clocks and the way there.
    shortest_window = timedelta(minutes=31)

    def __init__(self, credentials: Credentials, *, api_base: str, timeout: float) -> None:
        self._credentials = credentials
        # Built here and not on first use: a key that is missing should be noticed in one place.
        self._client = (
            stripe.StripeClient(
                credentials.secret_key,
                base_addresses={"api": api_base},
                http_client=Transport(timeout),
                max_network_retries=1,
            )
            if credentials.secret_key
            else None
        )

    @property
    def _api(self) -> Any:
        if self._client is None:
            log.error(
                "gateway_not_configured",
                todo="Set STRIPE_SECRET_KEY, or enter it at the payment gateway in the admin.",
            )
            raise NotConfigured
        return self._client.v1

    @staticmethod
    def key_is_live(secret_key: str) -> bool | None:
        mode = secret_key.split("_")[1:2]
        return {"live": True, "test": False}.get(mode[0]) if mode else None

    def checkout_request(self, checkout: Checkout) -> dict[str, Any]:
        intent = {
            # The session's own metadata does not reach the intent.
            "metadata": {"payment_id": checkout.payment_id},
            "description": f"Rental order {checkout.order_number}",
            **({"setup_future_usage": "off_session"} if checkout.saves_card else {}),
            **({"capture_method": "manual"} if checkout.holds else {}),
        }
        return {
            "mode": "payment",
            "line_items": [
                {
                    "quantity": line.quantity,
                    "price_data": {
                        "currency": checkout.currency.lower(),
                        "unit_amount": line.unit_minor,
                        "product_data": _product(line),
                    },
                }
                for line in checkout.lines
            ],
            "client_reference_id": checkout.payment_id,
            "metadata": {"payment_id": checkout.payment_id},
            "payment_intent_data": intent,
            **_customer(checkout),
            "expires_at": int(checkout.expires_at.timestamp()),
            "success_url": checkout.success_url,
            "cancel_url": checkout.cancel_url,
        }

    def open_checkout(self, request: Mapping[str, Any], key: str) -> OpenedCheckout:
        with our_errors():
            session = self._api.checkout.sessions.create(
                params=request, options={"idempotency_key": key}
            )
        return OpenedCheckout(session.id, session.url or "")

    def find_checkout(self, payment_id: str, since: datetime) -> OpenedCheckout | None:
        window = {"gte": int((since - CLOCKS_APART).timestamp())}
        with our_errors():
            page = self._api.checkout.sessions.list(params={"created": window, "limit": 100})
            for session in page.auto_paging_iter():
                if session.client_reference_id == payment_id:
                    return OpenedCheckout(session.id, session.url or "")
        return None

    def expire_checkout(self, session_id: str, key: str) -> None:
        try:
            with our_errors():
                self._api.checkout.sessions.expire(session_id, options={"idempotency_key": key})
        except GatewayRefused:
            # Complete or expired already: which of the two, the next fetch tells.
            return

    def card_request(self, card: CardRequest) -> dict[str, Any]:
        return {
            "amount": card.amount_minor,
            "currency": card.currency.lower(),
            "customer": card.customer_id,
            "payment_method": card.method_id,
            "off_session": True,
            "confirm": True,
            # Whoever could be sent to another page is not there; else Stripe wants an address.
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "capture_method": "manual" if card.holds else "automatic",
            "description": f"Deposit for rental order {card.order_number}",
            "metadata": {"payment_id": card.payment_id},
            "expand": ["latest_charge"],
        }

    def ask_card(self, request: Mapping[str, Any], key: str) -> PaymentFact:
        with our_errors():
            try:
                intent = self._api.payment_intents.create(
                    params=request, options={"idempotency_key": key}
                )
            except stripe.CardError as error:
                return intent_fact(_intent_of(error))
        return intent_fact(intent.to_dict())

    def find_payment(self, payment_id: str, since: datetime) -> list[Fact]:
        for intent in self._listed(self._api.payment_intents, since):
            if intent["metadata"].get("payment_id") == payment_id:
                return self.fetch_object(intent["id"])
        return []

    def capture(self, intent_id: str, amount_minor: int, key: str) -> PaymentFact:
        with our_errors():
            intent = self._api.payment_intents.capture(
                intent_id,
                params={"amount_to_capture": amount_minor},
                options={"idempotency_key": key},
            )
        return intent_fact(intent.to_dict())

    def release(self, intent_id: str, key: str) -> PaymentFact:
        with our_errors():
            intent = self._api.payment_intents.cancel(intent_id, options={"idempotency_key": key})
        return intent_fact(intent.to_dict())

    def fetch_payment(self, sought: Sought) -> list[Fact]:
        found: list[Fact] = []
        intent: dict[str, Any] = {}
        with our_errors():
            if sought.session_id:
                session = self._api.checkout.sessions.retrieve(
                    sought.session_id, params={"expand": ["payment_intent.latest_charge"]}
                ).to_dict()
                found += session_facts(session)
                intent = session["payment_intent"] or {}
            elif sought.intent_id:
                intent = self._api.payment_intents.retrieve(
                    sought.intent_id, params={"expand": ["latest_charge"]}
                ).to_dict()
                found.append(intent_fact(intent))
        if intent:
            found += self.fetch_refunds(intent["id"])
        if is_disputed(intent):
            found += self._fetch_disputes(intent["id"])
        return found

    def _fetch_disputes(self, intent_id: str) -> list[DisputeFact]:
        with our_errors():
            page = self._api.disputes.list(params={"payment_intent": intent_id, "limit": 100})
            return [dispute_fact(dispute.to_dict()) for dispute in page.auto_paging_iter()]

    def fetch_object(self, object_id: str) -> list[Fact]:
        if object_id.startswith(("dp_", "du_")):
            with our_errors():
                dispute = self._api.disputes.retrieve(object_id)
            object_id = dispute.payment_intent or ""
        if object_id.startswith("cs_"):
            return self.fetch_payment(Sought("", session_id=object_id, intent_id=""))
        return self.fetch_payment(Sought("", session_id="", intent_id=object_id))

    def fetch_refunds(self, intent_id: str) -> list[RefundFact]:
        with our_errors():
            page = self._api.refunds.list(params={"payment_intent": intent_id, "limit": 100})
            return [refund_fact(refund.to_dict()) for refund in page.auto_paging_iter()]

    def refund(self, order: RefundOrder, key: str) -> RefundFact:
        with our_errors():
            refund = self._api.refunds.create(
                params={
                    "payment_intent": order.intent_id,
                    "amount": order.amount_minor,
                    "metadata": {"refund_id": order.refund_id},
                },
                options={"idempotency_key": key},
            )
        return refund_fact(refund.to_dict())

    def list_payments(self, since: datetime) -> Iterator[PaymentFact]:
        return map(intent_fact, self._listed(self._api.payment_intents, since))

    def list_refunds(self, since: datetime) -> Iterator[RefundFact]:
        return map(refund_fact, self._listed(self._api.refunds, since))

    def list_disputes(self, since: datetime) -> Iterator[DisputeFact]:
        return map(dispute_fact, self._listed(self._api.disputes, since))

    def list_undelivered(self, since: datetime) -> Iterator[GatewayEvent]:
        wanted = {"delivery_success": False, "types": list(EVENT_TYPES)}
        return map(normalize, self._listed(self._api.events, since, **wanted))

    def _listed(self, resource: Any, since: datetime, **wanted: Any) -> Iterator[dict[str, Any]]:
        """All objects made at `since` or later, newest first; a page is fetched when it is due."""
        window = {"gte": int((since - CLOCKS_APART).timestamp())}
        with our_errors():
            page = resource.list(params={"created": window, "limit": 100, **wanted})
            for found in page.auto_paging_iter():
                yield found.to_dict()

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> GatewayEvent:
        self._verify(body, headers.get("Stripe-Signature", ""))
        try:
            event = normalize(json.loads(body))
            check_storable(event)
        except Exception as error:
            # Signed, so it is Stripe's; but no event in a shape that we know.
            raise InvalidSignature("This webhook is not a Stripe event.") from error
        return event

    def _verify(self, body: bytes, header: str) -> None:
        secrets = self._credentials.webhook_secrets
        if not secrets:
            raise NotConfigured
        if not any(signed_by(secret, body, header) for secret in secrets):
            raise InvalidSignature


def _product(line: CheckoutLine) -> dict[str, str]:
    about = {"description": line.description} if line.description else {}
    return {"name": line.name, **about}


def _customer(checkout: Checkout) -> dict[str, str]:
    """Who pays: a card can only be kept with a customer."""
    if checkout.customer_id:
        return {"customer": checkout.customer_id}
    return {"customer_creation": "always"} if checkout.saves_card else {}


def _intent_of(error: stripe.CardError) -> dict[str, Any]:
    """The intent whose card declined; it stays, and says why."""
    body: Any = error.json_body
    intent: dict[str, Any] = body["error"]["payment_intent"]
    return intent
