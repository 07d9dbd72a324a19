"""Stripe, through its official SDK. The only module that knows Stripe's words."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import stripe
import urllib3

from common.logging import get_logger
from payments.domain import facts
from payments.domain.errors import GatewayBroke, GatewayRefused, GatewayUnavailable
from payments.domain.facts import Fact, PaymentFact, RefundFact
from payments.domain.states import RefundStatus
from payments.gateways.base import (
    Checkout,
    Credentials,
    GatewayEvent,
    InvalidSignature,
    NotConfigured,
    OpenedCheckout,
    RefundOrder,
    Sought,
)

log = get_logger(__name__)

# A delivery is signed when it is sent; further off than this it is a replay (matrix row B06).
SIGNATURE_TOLERANCE: Final = 300

# Stripe's clock may be behind ours by this much when we look for something by its age.
CLOCKS_APART: Final = timedelta(minutes=10)

REFUND_STATUS: Final = {
    "pending": RefundStatus.PROCESSING,
    "requires_action": RefundStatus.PROCESSING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.CANCELLED,
}


class StripeGateway:
    """A shop's Stripe account; `payments.gateways.base.Gateway` says what each method promises."""

    def __init__(self, credentials: Credentials, *, api_base: str, timeout: float) -> None:
        self._credentials = credentials
        # Built here and not on first use: a key that is missing should be noticed in one place.
        self._client = (
            stripe.StripeClient(
                credentials.secret_key,
                base_addresses={"api": api_base},
                http_client=_Transport(timeout),
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
        return {
            "mode": "payment",
            "line_items": [
                {
                    "quantity": line.quantity,
                    "price_data": {
                        "currency": checkout.currency.lower(),
                        "unit_amount": line.unit_minor,
                        "product_data": {"name": line.name},
                    },
                }
                for line in checkout.lines
            ],
            "client_reference_id": checkout.payment_id,
            "metadata": {"payment_id": checkout.payment_id},
            # The session's own metadata does not reach the intent.
            "payment_intent_data": {
                "metadata": {"payment_id": checkout.payment_id},
                "description": f"Rental order {checkout.order_number}",
            },
            "expires_at": int(checkout.expires_at.timestamp()),
            "success_url": checkout.success_url,
            "cancel_url": checkout.cancel_url,
        }

    def open_checkout(self, request: Mapping[str, Any], key: str) -> OpenedCheckout:
        with _our_errors():
            session = self._api.checkout.sessions.create(
                params=request, options={"idempotency_key": key}
            )
        return OpenedCheckout(session.id, session.url or "")

    def find_checkout(self, payment_id: str, since: datetime) -> OpenedCheckout | None:
        window = {"gte": int((since - CLOCKS_APART).timestamp())}
        with _our_errors():
            page = self._api.checkout.sessions.list(params={"created": window, "limit": 100})
            for session in page.auto_paging_iter():
                if session.client_reference_id == payment_id:
                    return OpenedCheckout(session.id, session.url or "")
        return None

    def expire_checkout(self, session_id: str) -> None:
        try:
            with _our_errors():
                self._api.checkout.sessions.expire(session_id)
        except GatewayRefused:
            # Complete or expired already: which of the two, the next fetch tells.
            return

    def fetch_payment(self, sought: Sought) -> list[Fact]:
        found: list[Fact] = []
        with _our_errors():
            if sought.session_id:
                session = self._api.checkout.sessions.retrieve(
                    sought.session_id, params={"expand": ["payment_intent"]}
                )
                found += session_facts(session.to_dict())
            elif sought.intent_id:
                found += intent_facts(
                    self._api.payment_intents.retrieve(sought.intent_id).to_dict()
                )
        known = sought.intent_id or next(
            (fact.intent_id for fact in found if isinstance(fact, PaymentFact)), ""
        )
        return [*found, *self.fetch_refunds(known)] if known else found

    def fetch_object(self, object_id: str) -> list[Fact]:
        if object_id.startswith("cs_"):
            return self.fetch_payment(Sought("", session_id=object_id, intent_id=""))
        return self.fetch_payment(Sought("", session_id="", intent_id=object_id))

    def fetch_refunds(self, intent_id: str) -> list[RefundFact]:
        with _our_errors():
            page = self._api.refunds.list(params={"payment_intent": intent_id, "limit": 100})
            return [refund_fact(refund.to_dict()) for refund in page.auto_paging_iter()]

    def refund(self, order: RefundOrder, key: str) -> RefundFact:
        with _our_errors():
            refund = self._api.refunds.create(
                params={
                    "payment_intent": order.intent_id,
                    "amount": order.amount_minor,
                    "metadata": {"refund_id": order.refund_id},
                },
                options={"idempotency_key": key},
            )
        return refund_fact(refund.to_dict())

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> GatewayEvent:
        self._verify(body, headers.get("Stripe-Signature", ""))
        try:
            event = normalize(json.loads(body))
            _check_storable(event)
        except Exception as error:
            # Signed, so it is Stripe's; but no event in a shape that we know.
            raise InvalidSignature("This webhook is not a Stripe event.") from error
        return event

    def _verify(self, body: bytes, header: str) -> None:
        secrets = self._credentials.webhook_secrets
        if not secrets:
            raise NotConfigured
        if not any(_signed_by(secret, body, header) for secret in secrets):
            raise InvalidSignature


class _Transport(stripe.HTTPClient):
    """The SDK's HTTP over urllib3 directly: half the time of its own, one deadline for the whole
    body instead of one per read, and no redirects (rule R25)."""

    name = "urllib3"

    def __init__(self, timeout: float) -> None:
        super().__init__()
        self._timeout = timeout
        self._pool = urllib3.PoolManager(
            maxsize=64,
            retries=False,
            timeout=urllib3.Timeout(connect=2, total=timeout),
            ca_certs=stripe.ca_bundle_path,
        )

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        deadline = time.monotonic() + self._timeout
        try:
            answer = self._pool.request(
                method, url, body=post_data, headers=dict(headers or {}), preload_content=False
            )
            body = _read(answer, deadline)
        except urllib3.exceptions.HTTPError as error:
            # Not where we waited in vain: the customer has waited with us (predicate P6).
            retry = not isinstance(error, urllib3.exceptions.TimeoutError)
            unreachable = stripe.APIConnectionError(  # type: ignore[no-untyped-call]
                type(error).__name__, should_retry=retry
            )
            raise unreachable from error
        return body.decode(errors="replace"), answer.status, answer.headers


def _read(answer: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    """The body, however it drips: urllib3's own limit is for each piece of it."""
    pieces = []
    while piece := answer.read1(65536):
        pieces.append(piece)
        if time.monotonic() > deadline:
            answer.close()
            raise urllib3.exceptions.TimeoutError
    answer.release_conn()
    return b"".join(pieces)


def _check_storable(event: GatewayEvent) -> None:
    """Raises ValueError for text that PostgreSQL does not take, which Stripe would not write."""
    text = json.dumps(asdict(event), ensure_ascii=False, default=str)
    text.encode()
    if r"\u0000" in text or len(event.event_id) > 255:
        raise ValueError


def _signed_by(secret: str, body: bytes, header: str) -> bool:
    try:
        # SDK 16 raises more than its own error for odd headers and bodies (matrix row B05).
        stripe.WebhookSignature.verify_header(body, header, secret, SIGNATURE_TOLERANCE)
        timestamp = int(header.split("t=", 1)[1].split(",", 1)[0])
    except Exception:
        return False
    # The SDK looks at the past side only (matrix row B06).
    return timestamp <= time.time() + SIGNATURE_TOLERANCE


# Trying again later is right: silence, overload, or a key that a person has to mend first.
OUTCOME_UNKNOWN: Final = (
    stripe.APIConnectionError,
    stripe.RateLimitError,
    stripe.APIError,
    stripe.AuthenticationError,
    stripe.PermissionError,
)


@contextmanager
def _our_errors() -> Iterator[None]:
    """Turn the SDK's exceptions into ours: unknown outcome, or a clear refusal."""
    try:
        yield
    except OUTCOME_UNKNOWN as error:
        broke = isinstance(error, stripe.APIError) and (error.http_status or 0) >= 500
        raise (GatewayBroke if broke else GatewayUnavailable) from error
    except stripe.IdempotencyError as error:
        if error.http_status == 409:  # our own first attempt is still running there
            raise GatewayUnavailable from error
        raise GatewayRefused(_reason(error)) from error
    except stripe.StripeError as error:
        raise GatewayRefused(_reason(error)) from error


def _reason(error: stripe.StripeError) -> str:
    """A short text for the log and the row; Stripe's messages may quote what was sent."""
    return f"The payment service refused the request ({error.code or type(error).__name__})."


# --- From Stripe's objects to facts ---------------------------------------------------------------

SESSION_OUTCOME: Final = {
    ("complete", "paid"): facts.SUCCEEDED,
    ("complete", "no_payment_required"): facts.SUCCEEDED,
    ("complete", "unpaid"): facts.PROCESSING,
    ("expired", "unpaid"): facts.CANCELLED,
    ("open", "unpaid"): facts.OPEN,
}
INTENT_OUTCOME: Final = {
    "succeeded": facts.SUCCEEDED,
    "processing": facts.PROCESSING,
    "canceled": facts.CANCELLED,
}


def _session_fact(session: Mapping[str, Any], outcome: str) -> PaymentFact:
    intent = session.get("payment_intent") or ""
    intent_id = intent["id"] if isinstance(intent, Mapping) else intent
    return PaymentFact(
        outcome=outcome,
        payment_id=session.get("client_reference_id") or "",
        session_id=session["id"],
        intent_id=intent_id,
        amount_minor=session.get("amount_total") or 0,
        currency=(session.get("currency") or "").upper(),
        ref=f"{intent_id or session['id']}:{outcome}",
    )


def session_facts(session: Mapping[str, Any]) -> list[Fact]:
    """What a Checkout Session says, and its intent where a delayed payment ended."""
    outcome = SESSION_OUTCOME.get((session["status"], session["payment_status"]), facts.OPEN)
    intent = session.get("payment_intent")
    if outcome == facts.PROCESSING and isinstance(intent, Mapping):
        # Complete and unpaid: only the intent knows whether the bank has said no (row B10).
        outcome = (
            facts.FAILED
            if intent["status"] == "requires_payment_method"
            else INTENT_OUTCOME.get(intent["status"], facts.PROCESSING)
        )
    return [_session_fact(session, outcome)]


def intent_facts(intent: Mapping[str, Any]) -> list[Fact]:
    """What a PaymentIntent says: paid, on its way, over, or refused for now."""
    error = intent.get("last_payment_error") or {}
    outcome = INTENT_OUTCOME.get(intent["status"])
    if outcome is None:
        outcome = facts.DECLINED if error else facts.OPEN
    attempt = error.get("charge") or intent["id"]
    return [
        PaymentFact(
            outcome=outcome,
            payment_id=(intent.get("metadata") or {}).get("payment_id", ""),
            intent_id=intent["id"],
            amount_minor=intent.get("amount_received") or 0,
            currency=intent["currency"].upper(),
            error_code=error.get("decline_code") or error.get("code") or "",
            ref=f"{attempt if outcome == facts.DECLINED else intent['id']}:{outcome}",
        )
    ]


def refund_fact(refund: Mapping[str, Any]) -> RefundFact:
    """What a Refund says; a status that we do not know means that it is still on its way."""
    return RefundFact(
        status=REFUND_STATUS.get(refund.get("status") or "", RefundStatus.PROCESSING),
        gateway_refund_id=refund["id"],
        intent_id=refund.get("payment_intent") or "",
        amount_minor=refund["amount"],
        currency=refund["currency"].upper(),
        refund_id=(refund.get("metadata") or {}).get("refund_id", ""),
        failure_reason=refund.get("failure_reason") or "",
    )


def _session_with(outcome: str) -> Callable[[Mapping[str, Any]], list[Fact]]:
    return lambda session: [_session_fact(session, outcome)]


# Every word of Stripe's that means something to us; any other event is ignored (row B09).
EVENT_FACTS: Final[Mapping[str, Callable[[Mapping[str, Any]], list[Fact]]]] = {
    "checkout.session.completed": session_facts,
    "checkout.session.expired": _session_with(facts.CANCELLED),
    "checkout.session.async_payment_succeeded": _session_with(facts.SUCCEEDED),
    "checkout.session.async_payment_failed": _session_with(facts.FAILED),
    "payment_intent.succeeded": intent_facts,
    "payment_intent.payment_failed": intent_facts,
    "payment_intent.canceled": intent_facts,
    "refund.created": lambda refund: [refund_fact(refund)],
    "refund.updated": lambda refund: [refund_fact(refund)],
    "refund.failed": lambda refund: [refund_fact(refund)],
}


def normalize(event: Mapping[str, Any]) -> GatewayEvent:
    """A Stripe event in our words. Raises KeyError, TypeError or ValueError for what is none."""
    payload = event["data"]["object"]
    event_type = str(event["type"])
    known: tuple[Fact, ...] = ()
    look_up = ""
    if event_type == "charge.refunded":
        look_up = payload.get("payment_intent") or ""  # it does not carry the refunds themselves
    elif event_type in EVENT_FACTS:
        if event.get("api_version") == stripe.api_version:
            known = tuple(EVENT_FACTS[event_type](payload))
        else:
            look_up = _fetchable(payload)  # its shape is not ours to guess: fetch it
    return GatewayEvent(
        event_id=str(event["id"]),
        event_type=event_type,
        object_id=str(payload.get("id") or ""),
        livemode=bool(event["livemode"]),
        occurred_at=datetime.fromtimestamp(event["created"], UTC),
        facts=known,
        look_up=look_up,
    )


def _fetchable(payload: Mapping[str, Any]) -> str:
    """The session or intent to ask about, from an object of whatever version."""
    object_id = str(payload.get("id") or "")
    if object_id.startswith(("cs_", "pi_")):
        return object_id
    return str(payload.get("payment_intent") or "")
