"""The API's endpoints: method, path, handler and what each accepts.

A parameter that Stripe knows and the sandbox does not act on is ``ANY`` where that does no harm,
and ``LATER`` where ignoring it would make the answer wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .call import Call
from .errors import InvalidParamsError
from .lists import DATED_PARAMS, PAGE_PARAMS
from .params import (
    Anything,
    Boolean,
    Choice,
    Fields,
    Integer,
    ListOf,
    Metadata,
    Param,
    Text,
    Url,
)
from .resources import (
    balance_transactions,
    charges,
    checkout_sessions,
    customers,
    events,
    payment_intents,
    payment_methods,
    refunds,
)
from .sandbox import Sandbox
from .store import Obj

Handler = Callable[[Sandbox, Call], Obj]


@dataclass(frozen=True)
class Route:
    """One endpoint."""

    method: str
    path: str
    handler: Handler
    params: Fields


class NotSimulated:
    """A parameter of Stripe's that would change the outcome, which the sandbox cannot yet."""

    def read(self, value: Any, name: str) -> Any:
        """Refuse it, so that nobody takes a wrong outcome for Stripe's."""
        raise InvalidParamsError(f"stripe_sandbox does not simulate {name} yet.", param=name)


class RetiredTypes:
    """``payment_method_types``, a parameter until 2026-09-30.endive."""

    def read(self, value: Any, name: str) -> Any:
        """Refuse it as Stripe does; calls in an older version never get here."""
        raise InvalidParamsError(
            "payment_method_types is no longer supported as a parameter. Leave it out, or use "
            "allowed_payment_method_types or excluded_payment_method_types.",
            code="payment_method_types_no_longer_supported",
            param=name,
        )


ANY = Anything()
LATER = NotSimulated()
TEXT = Text()
CLEARABLE = Text(clearable=True)
AMOUNT = Integer(minimum=1)
CAPTURE = Choice("automatic", "automatic_async", "manual")
FUTURE_USAGE = Choice("off_session", "on_session")
METHOD_TYPES: dict[str, Param] = {
    "allowed_payment_method_types": ANY,
    "excluded_payment_method_types": ANY,
    "payment_method_types": RetiredTypes(),
}


def accepts(members: dict[str, Param] | None = None, *required: str) -> Fields:
    """The parameters of an endpoint; ``expand`` goes with each."""
    return Fields({**(members or {}), "expand": ListOf(Text())}, required)


_ADDRESS = Fields(
    dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), CLEARABLE)
)
_SHIPPING = Fields(
    {
        "address": _ADDRESS,
        "name": TEXT,
        "phone": CLEARABLE,
        "carrier": TEXT,
        "tracking_number": TEXT,
    }
)
_INTENT_TEXTS: dict[str, Param] = {
    "description": Text(limit=1000),
    "receipt_email": CLEARABLE,
    "shipping": _SHIPPING,
    "statement_descriptor": Text(limit=22),
    "statement_descriptor_suffix": Text(limit=22),
    "transfer_group": TEXT,
}
_CONNECT: dict[str, Param] = {
    "application_fee_amount": LATER,
    "on_behalf_of": LATER,
    "transfer_data": LATER,
}

_LINE_ITEM = Fields(
    {
        "adjustable_quantity": LATER,
        "metadata": Metadata(),
        "price": TEXT,
        "price_data": Fields(
            {
                "currency": TEXT,
                "product": TEXT,
                "product_data": Fields(
                    {
                        "description": TEXT,
                        "images": ListOf(TEXT, limit=8),
                        "metadata": Metadata(),
                        "name": TEXT,
                        "tax_code": TEXT,
                        "tax_details": ANY,
                        "unit_label": TEXT,
                    },
                    ("name",),
                ),
                "recurring": LATER,
                "tax_behavior": Choice("exclusive", "inclusive", "unspecified"),
                "unit_amount": Integer(minimum=0),
                "unit_amount_decimal": TEXT,
            },
            ("currency",),
        ),
        "quantity": Integer(minimum=1, maximum=999_999),
        "tax_rates": LATER,
    }
)

_SESSION = accepts(
    {
        **METHOD_TYPES,
        "adaptive_pricing": ANY,
        "after_expiration": LATER,
        "allow_promotion_codes": ANY,
        "automatic_tax": Fields({"enabled": Choice("false"), "liability": ANY}),
        "billing_address_collection": Choice("auto", "required"),
        "branding_settings": ANY,
        "cancel_url": Url(),
        "client_reference_id": Text(limit=200),
        "consent_collection": ANY,
        "currency": TEXT,
        "custom_fields": LATER,
        "custom_text": ANY,
        "customer": TEXT,
        "customer_account": LATER,
        "customer_creation": Choice("always", "if_required"),
        "customer_email": Text(limit=800),
        "customer_update": ANY,
        "discounts": LATER,
        "expires_at": Integer(),
        "integration_identifier": ANY,
        "invoice_creation": LATER,
        "line_items": ListOf(_LINE_ITEM),
        "locale": TEXT,
        "managed_payments": LATER,
        "metadata": Metadata(),
        "mode": Choice("payment", "setup", "subscription"),
        "name_collection": ANY,
        "optional_items": LATER,
        "origin_context": ANY,
        "payment_intent_data": Fields(
            {
                **_INTENT_TEXTS,
                **_CONNECT,
                "capture_method": CAPTURE,
                "metadata": Metadata(),
                "setup_future_usage": FUTURE_USAGE,
            }
        ),
        "payment_method_collection": ANY,
        "payment_method_configuration": ANY,
        "payment_method_data": ANY,
        "payment_method_options": ANY,
        "permissions": LATER,
        "phone_number_collection": ANY,
        "redirect_on_completion": LATER,
        "return_url": LATER,
        "saved_payment_method_options": ANY,
        "setup_intent_data": LATER,
        "shipping_address_collection": LATER,
        "shipping_options": LATER,
        "submit_type": Choice("auto", "book", "donate", "pay", "subscribe"),
        "subscription_data": LATER,
        "success_url": Url(),
        "tax_id_collection": ANY,
        "ui_mode": Choice("elements", "embedded_page", "form", "hosted_page"),
        "wallet_options": ANY,
    },
    "mode",
)

_INTENT: dict[str, Param] = {
    **METHOD_TYPES,
    **_INTENT_TEXTS,
    **_CONNECT,
    "amount": AMOUNT,
    "amount_details": ANY,
    "capture_method": CAPTURE,
    "currency": TEXT,
    "customer": TEXT,
    "customer_account": LATER,
    "hooks": LATER,
    "metadata": Metadata(),
    "payment_details": ANY,
    "payment_method": TEXT,
    "payment_method_configuration": ANY,
    "payment_method_data": LATER,
    "payment_method_options": ANY,
    "setup_future_usage": FUTURE_USAGE,
}
_CONFIRMATION: dict[str, Param] = {
    "confirmation_token": LATER,
    "error_on_requires_action": LATER,
    "mandate": LATER,
    "mandate_data": ANY,
    "off_session": Boolean(),
    "radar_options": ANY,
    "return_url": Url(),
    "use_stripe_sdk": Boolean(),
}
_INTENT_CREATE = accepts(
    {
        **_INTENT,
        **_CONFIRMATION,
        "automatic_payment_methods": Fields(
            {"allow_redirects": Choice("always", "never"), "enabled": Boolean()}, ("enabled",)
        ),
        "confirm": Boolean(),
        "confirmation_method": Choice("automatic", "manual"),
    },
    "amount",
    "currency",
)
_INTENT_CONFIRM = accepts(
    {
        **METHOD_TYPES,
        **_CONFIRMATION,
        "amount_details": ANY,
        "amount_to_confirm": LATER,
        "capture_method": LATER,
        "hooks": LATER,
        "payment_details": ANY,
        "payment_method": TEXT,
        "payment_method_data": LATER,
        "payment_method_options": ANY,
        "receipt_email": ANY,
        "setup_future_usage": FUTURE_USAGE,
        "shipping": ANY,
    }
)
_INTENT_CAPTURE = accepts(
    {
        "amount_details": ANY,
        "amount_to_capture": AMOUNT,
        "application_fee_amount": LATER,
        "final_capture": ANY,
        "hooks": LATER,
        "metadata": Metadata(),
        "payment_details": ANY,
        "statement_descriptor": ANY,
        "statement_descriptor_suffix": ANY,
        "transfer_data": LATER,
    }
)
_CANCEL_REASON = Choice("abandoned", "duplicate", "fraudulent", "requested_by_customer")

_REFUND = accepts(
    {
        "amount": AMOUNT,
        "charge": TEXT,
        "currency": LATER,
        "customer": LATER,
        "instructions_email": ANY,
        "metadata": Metadata(),
        "origin": LATER,
        "payment_intent": TEXT,
        "reason": Choice("duplicate", "fraudulent", "requested_by_customer"),
        "refund_application_fee": LATER,
        "reverse_transfer": LATER,
    }
)

_CUSTOMER: dict[str, Param] = {
    "address": _ADDRESS,
    "balance": LATER,
    "business_name": CLEARABLE,
    "cash_balance": LATER,
    "description": CLEARABLE,
    "email": Text(limit=512, clearable=True),
    "individual_name": CLEARABLE,
    "invoice_prefix": ANY,
    "invoice_settings": ANY,
    "metadata": Metadata(),
    "name": Text(limit=256, clearable=True),
    "next_invoice_sequence": ANY,
    "phone": Text(limit=20, clearable=True),
    "preferred_locales": ANY,
    "shipping": ANY,
    "source": LATER,
    "tax": ANY,
    "tax_exempt": ANY,
    "validate": ANY,
}
_CUSTOMER_CREATE = accepts(
    {**_CUSTOMER, "payment_method": TEXT, "tax_id_data": ANY, "test_clock": LATER}
)

_METHOD = accepts(
    {
        "allow_redisplay": ANY,
        "billing_details": Fields(
            {"address": _ADDRESS, "email": CLEARABLE, "name": CLEARABLE, "phone": CLEARABLE}
        ),
        "card": Fields(
            {
                "cvc": TEXT,
                "exp_month": Integer(),
                "exp_year": Integer(),
                "networks": ANY,
                "number": TEXT,
                "token": TEXT,
            }
        ),
        "metadata": Metadata(),
        "type": TEXT,
    },
    "type",
)

NOTHING = accepts()
METADATA_ONLY = accepts({"metadata": Metadata()})
SESSIONS = "/v1/checkout/sessions"
INTENTS = "/v1/payment_intents"
METHODS = "/v1/payment_methods"
CUSTOMERS = "/v1/customers"


def _dated(**more: Param) -> Fields:
    return accepts({**DATED_PARAMS, **more})


ROUTES = (
    Route("POST", SESSIONS, checkout_sessions.create, _SESSION),
    Route(
        "GET",
        SESSIONS,
        checkout_sessions.list_all,
        _dated(
            customer=TEXT,
            payment_intent=TEXT,
            status=Choice("complete", "expired", "open"),
        ),
    ),
    Route("GET", SESSIONS + "/{id}", checkout_sessions.retrieve, NOTHING),
    Route("POST", SESSIONS + "/{id}", checkout_sessions.update, METADATA_ONLY),
    Route("POST", SESSIONS + "/{id}/expire", checkout_sessions.expire, NOTHING),
    Route(
        "GET", SESSIONS + "/{id}/line_items", checkout_sessions.list_line_items,
        accepts(PAGE_PARAMS),
    ),
    Route("POST", INTENTS, payment_intents.create, _INTENT_CREATE),
    Route("GET", INTENTS, payment_intents.list_all, _dated(customer=TEXT)),
    Route("GET", INTENTS + "/{id}", payment_intents.retrieve, accepts({"client_secret": ANY})),
    Route("POST", INTENTS + "/{id}", payment_intents.update, accepts(_INTENT)),
    Route("POST", INTENTS + "/{id}/confirm", payment_intents.confirm, _INTENT_CONFIRM),
    Route("POST", INTENTS + "/{id}/capture", payment_intents.capture, _INTENT_CAPTURE),
    Route(
        "POST",
        INTENTS + "/{id}/cancel",
        payment_intents.cancel,
        accepts({"cancellation_reason": _CANCEL_REASON}),
    ),
    Route("GET", "/v1/charges/{id}", charges.retrieve, NOTHING),
    Route(
        "POST",
        "/v1/charges/{id}",
        charges.update,
        accepts({"description": TEXT, "metadata": Metadata()}),
    ),
    Route(
        "GET",
        "/v1/charges",
        charges.list_all,
        _dated(customer=TEXT, payment_intent=TEXT, transfer_group=TEXT),
    ),
    Route("POST", "/v1/refunds", refunds.create, _REFUND),
    Route("GET", "/v1/refunds", refunds.list_all, _dated(charge=TEXT, payment_intent=TEXT)),
    Route("GET", "/v1/refunds/{id}", refunds.retrieve, NOTHING),
    Route("POST", "/v1/refunds/{id}", refunds.update, METADATA_ONLY),
    Route("POST", CUSTOMERS, customers.create, _CUSTOMER_CREATE),
    Route("GET", CUSTOMERS, customers.list_all, _dated(email=TEXT)),
    Route("GET", CUSTOMERS + "/{id}", customers.retrieve, NOTHING),
    Route("POST", CUSTOMERS + "/{id}", customers.update, accepts(_CUSTOMER)),
    Route("DELETE", CUSTOMERS + "/{id}", customers.delete, NOTHING),
    Route(
        "GET",
        CUSTOMERS + "/{id}/payment_methods",
        payment_methods.list_of_customer,
        accepts({**PAGE_PARAMS, "type": TEXT}),
    ),
    Route("POST", METHODS, payment_methods.create, _METHOD),
    Route(
        "GET", METHODS, payment_methods.list_all, accepts({**PAGE_PARAMS, "customer": TEXT,
        "type": TEXT}),
    ),
    Route("GET", METHODS + "/{id}", payment_methods.retrieve, NOTHING),
    Route(
        "POST",
        METHODS + "/{id}/attach",
        payment_methods.attach,
        accepts({"customer": TEXT}, "customer"),
    ),
    Route("POST", METHODS + "/{id}/detach", payment_methods.detach, NOTHING),
    Route("GET", "/v1/balance_transactions/{id}", balance_transactions.retrieve, NOTHING),
    Route(
        "GET",
        "/v1/balance_transactions",
        balance_transactions.list_all,
        _dated(currency=TEXT, source=TEXT, type=TEXT),
    ),
    Route("GET", "/v1/events/{id}", events.retrieve, NOTHING),
    Route(
        "GET",
        "/v1/events",
        events.list_all,
        _dated(type=TEXT, types=ListOf(TEXT), delivery_success=Boolean()),
    ),
)  # fmt: skip


class Router:
    """Finds the route of a path by its segments."""

    def __init__(self, routes: tuple[Route, ...] = ROUTES) -> None:
        self._tree: dict[tuple[str, ...], dict[str, Route]] = {}
        for route in routes:
            shape = tuple(route.path.strip("/").split("/"))
            self._tree.setdefault(shape, {})[route.method] = route

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
        """The route and the ids in the path; no path of Stripe's has more than one id."""
        segments = path.strip("/").split("/")
        exact = self._tree.get(tuple(segments), {}).get(method)
        if exact is not None:
            return exact, ()
        for place in (2, 3):
            if place < len(segments) and segments[place]:
                shape = (*segments[:place], "{id}", *segments[place + 1 :])
                route = self._tree.get(shape, {}).get(method)
                if route is not None:
                    return route, (segments[place],)
        return None
