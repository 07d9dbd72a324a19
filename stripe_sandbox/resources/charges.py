"""Charges: one per attempt to take or hold money."""

from __future__ import annotations

from ..call import Call, Origin
from ..cards import Card, Decline
from ..lists import envelope, page
from ..params import merge_metadata
from ..sandbox import Sandbox
from ..search import search
from ..store import Obj
from . import balance_transactions, chargebacks
from .payment_methods import instrument_of

HOLD_SECONDS = 7 * 24 * 3600
#: Visa's shorter hold where the merchant charges without the customer present.
HOLD_SECONDS_OFF_SESSION = 4 * 24 * 3600 + 18 * 3600

_APPROVED: Obj = {
    "advice_code": None,
    "network_advice_code": None,
    "network_decline_code": None,
    "network_status": "approved_by_network",
    "reason": None,
    "risk_level": "normal",
    "risk_score": 12,
    "seller_message": "Payment complete.",
    "type": "authorized",
}


_SEARCHED = {
    "amount": "number",
    "created": "number",
    "currency": "token",
    "customer": "token",
    "disputed": "token",
    "refunded": "token",
    "status": "token",
}
_OF_ACCOUNT = ("bank_code", "branch_code", "country", "fingerprint", "last4")

#: What a charge of the sandbox says in any case, as long as nothing changes it.
_BLANK: Obj = {
    "application": None,
    "application_fee": None,
    "application_fee_amount": None,
    "balance_transaction": None,
    "disputed": False,
    "failure_balance_transaction": None,
    "fraud_details": {},
    "livemode": False,
    "on_behalf_of": None,
    "radar_options": {},
    "receipt_number": None,
    "receipt_url": None,
    "refunded": False,
    "review": None,
    "source": None,
    "source_transfer": None,
    "transfer_data": None,
}


def new(
    sandbox: Sandbox,
    intent: Obj,
    method: Obj,
    origin: Origin,
    *,
    decline: Decline | None = None,
    hold_seconds: int | None = None,
) -> Obj:
    """The charge of one attempt, with its event.

    It is taken, held (``hold_seconds``) or declined; a debit is pending until its bank answers.
    """
    is_card = method["type"] == "card"
    charge_id = sandbox.ids.new("ch_" if is_card else "py_")
    status = "failed" if decline else "succeeded" if is_card else "pending"
    taken = is_card and decline is None and hold_seconds is None
    charge = {
        "id": charge_id,
        "object": "charge",
        **_BLANK,
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if taken or not is_card else 0,
        "amount_refunded": 0,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": sandbox.settings.merchant.upper()[:22],
        "captured": taken or not is_card,
        "created": sandbox.clock.now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "failure_code": decline.code if decline else None,
        "failure_message": decline.message if decline else None,
        "metadata": intent["metadata"],
        "outcome": _refused(decline) if decline else _APPROVED,
        "paid": is_card and decline is None,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {
            method["type"]: _card_details(sandbox, intent, method, hold_seconds)
            if is_card
            else _account_details(method),
            "type": method["type"],
        },
        "receipt_email": intent["receipt_email"],
        "shipping": intent["shipping"],
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": status,
        "transfer_group": intent["transfer_group"],
    }
    if taken:
        charge["balance_transaction"] = _book(sandbox, charge, method, intent["amount"])
    sandbox.store.charges.add(charge)
    sandbox.store.charges.attach(charge_id, [])
    sandbox.emit(f"charge.{status}", charge, origin)
    return charge


def _book(sandbox: Sandbox, charge: Obj, method: Obj | None, amount: int) -> str:
    """The balance transaction of the money; some cards have their owners complain later."""
    instrument = instrument_of(method) if method else None
    at_once = isinstance(instrument, Card) and instrument.available_at_once
    transaction = balance_transactions.of_charge(sandbox, charge, amount, at_once=at_once)
    if instrument is not None and instrument.dispute is not None:
        due = sandbox.clock.now() + chargebacks.RAISED_AFTER
        sandbox.schedule(due, "raise_dispute", charge["id"])
    booked: str = transaction["id"]
    return booked


def settle(sandbox: Sandbox, charge: Obj, decline: Decline | None) -> Obj:
    """A pending debit was paid or, with ``decline``, refused."""
    if decline is None:
        method = sandbox.store.payment_methods.find(charge["payment_method"])
        booked = _book(sandbox, charge, method, charge["amount"])
        changes: Obj = {"balance_transaction": booked, "paid": True, "status": "succeeded"}
    else:
        changes = {
            "amount_captured": 0,
            "captured": False,
            "failure_code": decline.code,
            "failure_message": decline.message,
            "outcome": _refused(decline),
            "status": "failed",
        }
    changed = sandbox.store.charges.update(charge["id"], **changes)
    sandbox.emit(f"charge.{changed['status']}", changed)
    return changed


def _refused(decline: Decline) -> Obj:
    return {
        "advice_code": decline.advice,
        "network_advice_code": None,
        "network_decline_code": "01",
        "network_status": "declined_by_network",
        "reason": decline.decline_code,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }


def _account_details(method: Obj) -> Obj:
    shown = {name: method["sepa_debit"][name] for name in _OF_ACCOUNT}
    return {**shown, "mandate": None}


def _card_details(sandbox: Sandbox, intent: Obj, method: Obj, hold_seconds: int | None) -> Obj:
    card = method["card"]
    incremental = hold_seconds and sandbox.store.payment_intents.part(intent["id"])["incremental"]
    return {
        "amount_authorized": intent["amount"],
        "authorization_code": intent["id"][-6:].upper(),
        "brand": card["brand"],
        **({"capture_before": sandbox.clock.now() + hold_seconds} if hold_seconds else {}),
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
        "country": card["country"],
        "electronic_commerce_indicator": None,
        "exp_month": card["exp_month"],
        "exp_year": card["exp_year"],
        "extended_authorization": {"status": "disabled"},
        "fingerprint": card["fingerprint"],
        "funding": card["funding"],
        "incremental_authorization": {"status": "available" if incremental else "unavailable"},
        "installments": None,
        "last4": card["last4"],
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card["brand"],
        "network_token": {"used": False},
        "network_transaction_id": str(int(card["fingerprint"], 16))[:15],
        "overcapture": {
            "maximum_amount_capturable": intent["amount"],
            "status": "unavailable",
        },
        "regulated_status": card["regulated_status"],
        "three_d_secure": None,
        "transaction_link_id": None,
        "wallet": None,
    }


def capture(sandbox: Sandbox, charge: Obj, amount: int, origin: Origin) -> Obj:
    """Take ``amount`` of a held charge; the rest is released."""
    method = sandbox.store.payment_methods.find(charge["payment_method"])
    captured = sandbox.store.charges.update(
        charge["id"],
        amount_captured=amount,
        balance_transaction=_book(sandbox, charge, method, amount),
        captured=True,
    )
    sandbox.emit("charge.captured", captured, origin)
    return captured


def increment(sandbox: Sandbox, charge: Obj, amount: int) -> Obj:
    """Hold ``amount`` instead of what was held."""
    details = charge["payment_method_details"]
    card = {**details["card"], "amount_authorized": amount}
    return sandbox.store.charges.update(
        charge["id"], amount=amount, payment_method_details={**details, "card": card}
    )


def release(sandbox: Sandbox, charge: Obj, origin: Origin, *, lapsed: bool) -> Obj:
    """Let a hold go, because it was cancelled or because its time is over."""
    changed = sandbox.store.charges.update(
        charge["id"], amount_refunded=charge["amount"], refunded=True
    )
    sandbox.emit("charge.expired" if lapsed else "charge.refunded", changed, origin)
    return changed


def refunds_of(sandbox: Sandbox, charge: Obj) -> Obj:
    """The charge's refunds as a list object, newest first."""
    ids: list[str] = sandbox.store.charges.part(charge["id"])
    found = [sandbox.store.refunds.find(refund_id) for refund_id in reversed(ids)]
    return envelope([r for r in found if r], f"/v1/charges/{charge['id']}/refunds")


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/charges/{id}``."""
    return sandbox.store.charges.get(call.id)


def update(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/charges/{id}``."""
    old = sandbox.store.charges.get(call.id)
    changes: Obj = {name: call.params[name] for name in ("description",) if name in call.params}
    changes["metadata"] = merge_metadata(old["metadata"], call.params.get("metadata"))
    charge = sandbox.store.charges.update(call.id, **changes)
    previous = {name: old[name] for name, value in changes.items() if old[name] != value}
    sandbox.emit("charge.updated", charge, call.origin, previous)
    return charge


def search_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/charges/search``."""
    return search(sandbox.store.charges, call.path, call.params, _SEARCHED)


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/charges``."""
    return page(
        sandbox.store.charges,
        call.path,
        call.params,
        "customer",
        "payment_intent",
        "transfer_group",
    )
