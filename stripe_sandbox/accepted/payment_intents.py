"""What the endpoints of PaymentIntents accept."""

from __future__ import annotations

from ..params import Boolean, Choice, Fields, Metadata, Param, Text, Url
from .common import (
    AMOUNT,
    ANY,
    CAPTURE,
    CONNECT,
    FUTURE_USAGE,
    INTENT_TEXTS,
    LATER,
    METHOD_TYPES,
    TEXT,
    accepts,
)
from .payment_methods import METHOD_DATA

INTENT: dict[str, Param] = {
    **METHOD_TYPES,
    **INTENT_TEXTS,
    **CONNECT,
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
    "payment_method_data": METHOD_DATA,
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
        "payment_method_data": METHOD_DATA,
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
INTENT_INCREMENT = accepts(
    {
        "amount": AMOUNT,
        "amount_details": ANY,
        "application_fee_amount": LATER,
        "description": Text(limit=1000),
        "hooks": LATER,
        "metadata": Metadata(),
        "payment_details": ANY,
        "statement_descriptor": ANY,
        "transfer_data": LATER,
    },
    "amount",
)
CANCEL_REASON = Choice("abandoned", "duplicate", "fraudulent", "requested_by_customer")
