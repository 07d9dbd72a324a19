"""What each endpoint accepts.

A parameter that Stripe knows and the sandbox does not act on is ``ANY`` where that does no harm,
and ``LATER`` where ignoring it would make the answer wrong.
"""

from __future__ import annotations

from typing import Any

from .errors import InvalidParamsError
from .lists import DATED_PARAMS
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

SESSION = accepts(
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

INTENT: dict[str, Param] = {
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
INTENT_CREATE = accepts(
    {
        **INTENT,
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
INTENT_CONFIRM = accepts(
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
INTENT_CAPTURE = accepts(
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
CANCEL_REASON = Choice("abandoned", "duplicate", "fraudulent", "requested_by_customer")

REFUND = accepts(
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

CUSTOMER: dict[str, Param] = {
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
CUSTOMER_CREATE = accepts(
    {**CUSTOMER, "payment_method": TEXT, "tax_id_data": ANY, "test_clock": LATER}
)

METHOD = accepts(
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


def dated(**more: Param) -> Fields:
    """The parameters of a list of objects with a date."""
    return accepts({**DATED_PARAMS, **more})
