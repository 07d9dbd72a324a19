"""The merchant's own account: one, which is always there."""

from __future__ import annotations

from ..call import Call
from ..errors import resource_missing
from ..lists import envelope
from ..sandbox import Sandbox
from ..store import Obj

ACCOUNT_ID = "acct_1Sandbox00000000"
CREATED = 1_577_836_800

_BLANK_BUSINESS: Obj = {
    "mcc": None,
    "minority_owned_business_designation": None,
    "specified_commercial_transactions_act_url": None,
    "support_address": None,
    "support_email": None,
    "support_phone": None,
    "support_url": None,
    "url": None,
}
_SETTINGS: Obj = {
    "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
    "card_payments": {
        "statement_descriptor_prefix": None,
        "statement_descriptor_prefix_kana": None,
        "statement_descriptor_prefix_kanji": None,
    },
    "payments": {
        "statement_descriptor_kana": None,
        "statement_descriptor_kanji": None,
        "statement_descriptor_prefix_kana": None,
        "statement_descriptor_prefix_kanji": None,
    },
}


def retrieve_own(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/account``."""
    name = sandbox.settings.merchant
    payments = {**_SETTINGS["payments"], "statement_descriptor": name.upper()[:22]}
    return {
        "id": ACCOUNT_ID,
        "object": "account",
        "business_profile": {**_BLANK_BUSINESS, "name": name},
        "business_type": "company",
        "capabilities": {"card_payments": "active", "sepa_debit_payments": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": "US",
        "created": CREATED,
        "default_currency": "usd",
        "details_submitted": True,
        "email": None,
        "payouts_enabled": True,
        "settings": {
            **_SETTINGS,
            "dashboard": {"display_name": name, "timezone": "Etc/UTC"},
            "payments": payments,
        },
        "type": "standard",
    }


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/accounts/{id}``: one's own, since there are no connected accounts."""
    if call.id != ACCOUNT_ID:
        raise resource_missing("account", call.id)
    return retrieve_own(sandbox, call)


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/accounts``: the connected ones, of which there are none."""
    return envelope([], call.path)
