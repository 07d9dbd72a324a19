"""What the endpoints of Checkout Sessions accept."""

from __future__ import annotations

from ..params import Choice, Fields, Integer, ListOf, Metadata, Text, Url
from .catalog import CHECKOUT_PRICE_DATA
from .common import (
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
from .subscriptions import TRIAL_SETTINGS, OneMode

_LINE_ITEM = Fields(
    {
        "adjustable_quantity": LATER,
        "metadata": Metadata(),
        "price": TEXT,
        "price_data": CHECKOUT_PRICE_DATA,
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
                **INTENT_TEXTS,
                **CONNECT,
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
        "setup_intent_data": Fields(
            {"description": Text(limit=1000), "metadata": Metadata(), "on_behalf_of": LATER}
        ),
        "shipping_address_collection": LATER,
        "shipping_options": LATER,
        "submit_type": Choice("auto", "book", "donate", "pay", "subscribe"),
        "subscription_data": Fields(
            {
                "application_fee_percent": LATER,
                "billing_cycle_anchor": LATER,
                "billing_cycle_anchor_config": LATER,
                "billing_mode": OneMode(),
                "default_tax_rates": LATER,
                "description": Text(limit=500),
                "invoice_settings": ANY,
                "metadata": Metadata(),
                "on_behalf_of": LATER,
                "pending_invoice_item_interval": LATER,
                "proration_behavior": ANY,
                "transfer_data": LATER,
                "trial_end": Integer(),
                "trial_period_days": Integer(minimum=1, maximum=730),
                "trial_settings": TRIAL_SETTINGS,
            }
        ),
        "success_url": Url(),
        "tax_id_collection": ANY,
        "ui_mode": Choice("elements", "embedded_page", "form", "hosted_page"),
        "wallet_options": ANY,
    },
    "mode",
)
