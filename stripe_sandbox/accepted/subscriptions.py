"""What the endpoints of subscriptions and subscription items accept."""

from __future__ import annotations

from typing import Any

from ..errors import InvalidParamsError
from ..params import Boolean, Choice, Fields, Integer, ListOf, Metadata, Param, Text
from .catalog import PRICE_DATA, RECURRING_PRICE_DATA
from .common import ANY, CLEARABLE, LATER, TEXT, accepts
from .invoices import COLLECTION, DAYS, NO_TAX

PRORATION = Choice("always_invoice", "create_prorations", "none")
PAYMENT = Choice("allow_incomplete", "default_incomplete", "error_if_incomplete")


class NowOr:
    """A time, or the word ``now``."""

    def read(self, value: Any, name: str) -> int | str:
        """Return the time in seconds, or the word."""
        return "now" if value == "now" else Integer().read(value, name)


class Clearable:
    """Something that may be sent empty, which means null."""

    def __init__(self, param: Param) -> None:
        self._param = param

    def read(self, value: Any, name: str) -> Any:
        """Return what was sent, or ``None`` where it was cleared."""
        return None if value == "" else self._param.read(value, name)


class OneMode:
    """``billing_mode``: prorations come out alike in both as long as there are no discounts."""

    def read(self, value: Any, name: str) -> Any:
        """Refuse a mode that there is none of."""
        if not isinstance(value, dict) or value.get("type") not in ("classic", "flexible"):
            raise InvalidParamsError(f"Invalid {name}[type]: must be classic or flexible")
        return value


_LICENSE: dict[str, Param] = {
    "billing_thresholds": LATER,
    "current_trial": LATER,
    "discounts": LATER,
    "metadata": Metadata(),
    "plan": LATER,
    "price": TEXT,
    "price_data": RECURRING_PRICE_DATA,
    "quantity": Integer(minimum=0, maximum=999_999),
    "tax_rates": LATER,
}
NEW_ITEM = Fields(_LICENSE)
CHANGED_ITEM = Fields({**_LICENSE, "clear_usage": ANY, "deleted": Boolean(), "id": TEXT})
EXTRA_ITEM = Fields(
    {
        "discountable": ANY,
        "discounts": LATER,
        "metadata": Metadata(),
        "period": ANY,
        "price": TEXT,
        "price_data": PRICE_DATA,
        "quantity": Integer(minimum=0),
        "tax_rates": LATER,
    }
)
TRIAL_SETTINGS = Fields(
    {
        "end_behavior": Fields(
            {
                "billing_cycle_anchor": LATER,
                "missing_payment_method": Choice("cancel", "create_invoice", "pause"),
            },
            ("missing_payment_method",),
        )
    },
    ("end_behavior",),
)
CANCELLATION = Fields(
    {
        "comment": CLEARABLE,
        "feedback": Clearable(
            Choice(
                "customer_service",
                "low_quality",
                "missing_features",
                "other",
                "switched_service",
                "too_complex",
                "too_expensive",
                "unused",
            )
        ),
        "feedback_option": LATER,
    }
)

_SUBSCRIPTION: dict[str, Param] = {
    "application_fee_percent": LATER,
    "automatic_tax": NO_TAX,
    "billing_schedules": LATER,
    "billing_thresholds": LATER,
    "cancel_at_period_end": Boolean(),
    "collection_method": COLLECTION,
    "days_until_due": DAYS,
    "default_payment_method": TEXT,
    "default_source": LATER,
    "default_tax_rates": LATER,
    "description": Text(limit=500, clearable=True),
    "discounts": LATER,
    "invoice_settings": ANY,
    "metadata": Metadata(),
    "off_session": ANY,
    "on_behalf_of": LATER,
    "payment_behavior": PAYMENT,
    "payment_settings": Fields(
        {
            "payment_method_options": ANY,
            "payment_method_types": ANY,
            "save_default_payment_method": Choice("off", "on_subscription"),
        }
    ),
    "pending_invoice_item_interval": LATER,
    "proration_behavior": PRORATION,
    "transfer_data": LATER,
    "trial_end": NowOr(),
    "trial_settings": TRIAL_SETTINGS,
}
SUBSCRIPTION_CREATE = accepts(
    {
        **_SUBSCRIPTION,
        "add_invoice_items": ListOf(EXTRA_ITEM, limit=20),
        "backdate_start_date": LATER,
        "billing_cycle_anchor": LATER,
        "billing_cycle_anchor_config": LATER,
        "billing_mode": OneMode(),
        "cancel_at": Integer(),
        "currency": TEXT,
        "customer": TEXT,
        "customer_account": LATER,
        "items": ListOf(NEW_ITEM, limit=20),
        "trial_from_plan": Boolean(),
        "trial_period_days": Integer(minimum=0, maximum=730),
    }
)
SUBSCRIPTION_UPDATE = accepts(
    {
        **_SUBSCRIPTION,
        "add_invoice_items": LATER,
        "billing_cycle_anchor": Choice("now", "unchanged"),
        "cancel_at": Clearable(Integer()),
        "cancellation_details": CANCELLATION,
        "items": ListOf(CHANGED_ITEM, limit=20),
        "pause_collection": Clearable(
            Fields(
                {
                    "behavior": Choice("keep_as_draft", "mark_uncollectible", "void"),
                    "resumes_at": Integer(),
                },
                ("behavior",),
            )
        ),
        "proration_date": Integer(),
        "trial_from_plan": LATER,
    }
)
SUBSCRIPTION_CANCEL = accepts(
    {"cancellation_details": CANCELLATION, "invoice_now": Boolean(), "prorate": Boolean()}
)
SUBSCRIPTION_PAUSE = accepts(
    {
        "bill_for": Fields(
            {
                "outstanding_usage_through": ANY,
                "unused_time_from": Fields(
                    {"type": Choice("item_current_period_start", "none", "now")}, ("type",)
                ),
            }
        ),
        "invoicing_behavior": Choice("invoice", "pending_invoice_item"),
        "type": Choice("subscription"),
    }
)
SUBSCRIPTION_RESUME = accepts(
    {
        "billing_cycle_anchor": Fields({"type": Choice("now")}, ("type",)),
        "payment_behavior": Choice("resume_on_payment_attempt"),
        "proration_behavior": PRORATION,
        "proration_date": LATER,
    }
)

_CHANGE: dict[str, Param] = {
    "payment_behavior": PAYMENT,
    "proration_behavior": PRORATION,
    "proration_date": Integer(),
}
ITEM_CREATE = accepts({**_LICENSE, **_CHANGE, "subscription": TEXT}, "subscription")
ITEM_UPDATE = accepts({**_LICENSE, **_CHANGE, "off_session": ANY})
ITEM_DELETE = accepts({**_CHANGE, "clear_usage": ANY})
PREVIEW = accepts(
    {
        "automatic_tax": NO_TAX,
        "currency": TEXT,
        "customer": TEXT,
        "customer_account": LATER,
        "customer_details": ANY,
        "discounts": LATER,
        "invoice_items": LATER,
        "issuer": ANY,
        "on_behalf_of": LATER,
        "preview_mode": Choice("next"),
        "schedule": LATER,
        "schedule_details": LATER,
        "subscription": TEXT,
        "subscription_details": Fields(
            {
                "billing_cycle_anchor": Choice("now", "unchanged"),
                "billing_mode": OneMode(),
                "billing_schedules": LATER,
                "cancel_at": LATER,
                "cancel_at_period_end": Boolean(),
                "cancel_now": LATER,
                "default_tax_rates": LATER,
                "items": ListOf(CHANGED_ITEM, limit=20),
                "metadata": Metadata(),
                "pause": LATER,
                "proration_behavior": PRORATION,
                "proration_date": Integer(),
                "resume_at": LATER,
                "start_date": LATER,
                "trial_end": NowOr(),
            }
        ),
    }
)
