"""What the endpoints of Products and Prices accept, and prices given in place of an id."""

from __future__ import annotations

from ..params import Boolean, Choice, Fields, Integer, ListOf, Metadata, Param, Text
from .common import ANY, CLEARABLE, LATER, TEXT, accepts

_TAX_BEHAVIOR = Choice("exclusive", "inclusive", "unspecified")
_UNIT: dict[str, Param] = {"unit_amount": Integer(minimum=0), "unit_amount_decimal": TEXT}
RECURRING = Fields(
    {
        "interval": Choice("day", "month", "week", "year"),
        "interval_count": Integer(minimum=1),
        "meter": LATER,
        "trial_period_days": Integer(minimum=0, maximum=730),
        "usage_type": Choice("licensed"),
    },
    ("interval",),
)
INTERVAL = Fields({name: RECURRING.members[name] for name in ("interval", "interval_count")})
_PRICE: dict[str, Param] = {
    "currency": TEXT,
    "tax_behavior": _TAX_BEHAVIOR,
    **_UNIT,
}

#: ``price_data`` of an existing product.
PRICE_DATA = Fields({**_PRICE, "product": TEXT}, ("currency", "product"))
RECURRING_PRICE_DATA = Fields(
    {**_PRICE, "product": TEXT, "recurring": INTERVAL}, ("currency", "product", "recurring")
)
#: ``price_data`` of a Checkout Session's line item, which may bring its product along.
CHECKOUT_PRICE_DATA = Fields(
    {
        **_PRICE,
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
        "recurring": INTERVAL,
    },
    ("currency",),
)

_PRODUCT: dict[str, Param] = {
    "active": Boolean(),
    "images": ListOf(TEXT, limit=8),
    "marketing_features": ListOf(Fields({"name": Text(limit=80)}, ("name",)), limit=15),
    "metadata": Metadata(),
    "name": TEXT,
    "package_dimensions": ANY,
    "shippable": Boolean(),
    "statement_descriptor": Text(limit=22),
    "tax_details": ANY,
}
PRODUCT_CREATE = accepts(
    {
        **_PRODUCT,
        "default_price_data": Fields(
            {
                **_PRICE,
                "currency_options": LATER,
                "custom_unit_amount": LATER,
                "metadata": Metadata(),
                "recurring": INTERVAL,
            },
            ("currency",),
        ),
        "description": TEXT,
        "id": TEXT,
        "tax_code": TEXT,
        "type": Choice("good", "service"),
        "unit_label": TEXT,
        "url": TEXT,
    },
    "name",
)
PRODUCT_UPDATE = accepts(
    {
        **_PRODUCT,
        "default_price": TEXT,
        "description": CLEARABLE,
        "tax_code": CLEARABLE,
        "unit_label": CLEARABLE,
        "url": CLEARABLE,
    }
)

_NAMED: dict[str, Param] = {
    "active": Boolean(),
    "currency_options": LATER,
    "lookup_key": Text(limit=200),
    "metadata": Metadata(),
    "nickname": TEXT,
    "tax_behavior": _TAX_BEHAVIOR,
    "transfer_lookup_key": Boolean(),
}
PRICE_CREATE = accepts(
    {
        **_NAMED,
        **_UNIT,
        "billing_scheme": Choice("per_unit"),
        "currency": TEXT,
        "custom_unit_amount": LATER,
        "product": TEXT,
        "product_data": Fields(
            {
                "active": Boolean(),
                "id": TEXT,
                "metadata": Metadata(),
                "name": TEXT,
                "statement_descriptor": Text(limit=22),
                "tax_code": TEXT,
                "tax_details": ANY,
                "unit_label": TEXT,
            },
            ("name",),
        ),
        "recurring": RECURRING,
        "tiers": LATER,
        "tiers_mode": LATER,
        "transform_quantity": LATER,
    },
    "currency",
)
PRICE_UPDATE = accepts(_NAMED)
