"""What the endpoints of SetupIntents accept."""

from __future__ import annotations

from ..lists import DATED_PARAMS
from ..params import Boolean, Choice, Fields, Metadata, Param, Text, Url
from .common import ANY, LATER, METHOD_TYPES, TEXT, accepts, dated
from .payment_methods import METHOD_DATA

_SETUP: dict[str, Param] = {
    **METHOD_TYPES,
    "attach_to_self": LATER,
    "customer": TEXT,
    "customer_account": LATER,
    "description": Text(limit=1000),
    "flow_directions": LATER,
    "metadata": Metadata(),
    "payment_method": TEXT,
    "payment_method_configuration": ANY,
    "payment_method_data": METHOD_DATA,
    "payment_method_options": ANY,
}
_CONFIRMATION: dict[str, Param] = {
    "confirmation_token": LATER,
    "mandate_data": ANY,
    "return_url": Url(),
    "use_stripe_sdk": Boolean(),
}
CREATE = accepts(
    {
        **_SETUP,
        **_CONFIRMATION,
        "automatic_payment_methods": Fields(
            {"allow_redirects": Choice("always", "never"), "enabled": Boolean()}, ("enabled",)
        ),
        "confirm": Boolean(),
        "on_behalf_of": LATER,
        "single_use": LATER,
        "usage": Choice("off_session", "on_session"),
    }
)
UPDATE = accepts(_SETUP)
CONFIRM = accepts(
    {
        **METHOD_TYPES,
        **_CONFIRMATION,
        "payment_method": TEXT,
        "payment_method_data": METHOD_DATA,
        "payment_method_options": ANY,
    }
)
CANCEL = accepts({"cancellation_reason": Choice("abandoned", "duplicate", "requested_by_customer")})
LIST = dated(attach_to_self=LATER, customer=TEXT, customer_account=LATER, payment_method=TEXT)
ATTEMPTS = accepts({**DATED_PARAMS, "setup_intent": TEXT}, "setup_intent")
