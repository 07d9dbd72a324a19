"""What the parameters of several endpoints have in common.

A parameter that Stripe knows and the sandbox does not act on is ``ANY`` where that does no harm,
and ``LATER`` where ignoring it would make the answer wrong.
"""

from __future__ import annotations

from typing import Any

from ..errors import InvalidParamsError
from ..lists import DATED_PARAMS
from ..params import (
    Anything,
    Choice,
    Fields,
    Integer,
    ListOf,
    Metadata,
    Param,
    Text,
)
from ..search import SEARCH_PARAMS


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
    "allowed_payment_method_types": ListOf(TEXT),
    "excluded_payment_method_types": ListOf(TEXT),
    "payment_method_types": RetiredTypes(),
}


def accepts(members: dict[str, Param] | None = None, *required: str) -> Fields:
    """The parameters of an endpoint; ``expand`` goes with each."""
    return Fields({**(members or {}), "expand": ListOf(Text())}, required)


ADDRESS = Fields(
    dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), CLEARABLE)
)
SHIPPING = Fields(
    {
        "address": ADDRESS,
        "name": TEXT,
        "phone": CLEARABLE,
        "carrier": TEXT,
        "tracking_number": TEXT,
    }
)
INTENT_TEXTS: dict[str, Param] = {
    "description": Text(limit=1000),
    "receipt_email": CLEARABLE,
    "shipping": SHIPPING,
    "statement_descriptor": Text(limit=22),
    "statement_descriptor_suffix": Text(limit=22),
    "transfer_group": TEXT,
}
CONNECT: dict[str, Param] = {
    "application_fee_amount": LATER,
    "on_behalf_of": LATER,
    "transfer_data": LATER,
}


NOTHING = accepts()
METADATA_ONLY = accepts({"metadata": Metadata()})


def found_by_query() -> Fields:
    """The parameters of a search."""
    return accepts(SEARCH_PARAMS, "query")


def dated(**more: Param) -> Fields:
    """The parameters of a list of objects with a date."""
    return accepts({**DATED_PARAMS, **more})
