"""Paying a Checkout Session: what the payment page and its JSON twin both do."""

from __future__ import annotations

from ..bank_accounts import BankAccount
from ..call import NO_REQUEST, Origin
from ..cards import Card
from ..errors import StateConflictError
from ..sandbox import Sandbox
from ..store import Collection, Obj
from . import checkout_subscription, customers, payment_intents, payment_methods, setup_confirmation
from .confirmation import confirm, fail_authentication


def pay(
    sandbox: Sandbox,
    session_id: str,
    instrument: Card | BankAccount,
    email: str | None = None,
    name: str | None = None,
) -> Obj:
    """Try a card or a bank account.

    Returns the session: complete, or open when the card's owner is asked first. After a debit it
    is complete and unpaid, until the bank answers days later (``bank_debits``). Raises
    ``CardError`` on a decline, which leaves the session open for another card, and
    ``StateConflictError`` where the session is not open any more.
    """
    session = _open(sandbox, session_id)
    email = email or session["customer_email"] or _customers_email(sandbox, session)
    method = payment_methods.new(sandbox, instrument, payment_methods.billing_details(email, name))
    return pay_with(sandbox, session_id, method)


def pay_with(sandbox: Sandbox, session_id: str, method: Obj, origin: Origin = NO_REQUEST) -> Obj:
    """The same with a PaymentMethod that is there already; its owner is who pays."""
    session = _open(sandbox, session_id)
    owner = method["billing_details"]
    email = owner["email"] or session["customer_email"] or _customers_email(sandbox, session)
    session = _introduce(sandbox, session, email, owner["name"])
    if session["mode"] == "setup":
        return _set_up(sandbox, session, method)
    if session["mode"] == "subscription":
        checkout_subscription.begin(sandbox, session, origin)
    if not session["amount_total"]:
        if session["mode"] == "subscription":
            checkout_subscription.keep_method(sandbox, session, method, origin)
        return _complete(sandbox, session, "no_payment_required")
    return _conclude(sandbox, confirm(sandbox, _intent(sandbox, session), method, origin))


def _set_up(sandbox: Sandbox, session: Obj, method: Obj) -> Obj:
    customer_id = session["customer"]
    setup = sandbox.store.setup_intents.update(session["setup_intent"], customer=customer_id)
    setup = setup_confirmation.confirm(sandbox, setup, method, NO_REQUEST)
    if setup["status"] == "succeeded":
        return _complete(sandbox, session, "no_payment_required")
    return session


def authenticate(sandbox: Sandbox, intent_id: str, *, success: bool) -> Obj:
    """The card's owner has answered; returns the PaymentIntent or SetupIntent.

    A Checkout Session that waits for it is completed. Raises ``CardError`` on a decline.
    """
    if intent_id.startswith("seti_"):
        return _authenticate_setup(sandbox, intent_id, success=success)
    intent = sandbox.store.payment_intents.get(intent_id)
    _expect_question(intent)
    if not success:
        return fail_authentication(sandbox, intent, NO_REQUEST)
    method = sandbox.store.payment_methods.get(intent["payment_method"])
    intent = confirm(sandbox, intent, method, NO_REQUEST, authenticated=True)
    if sandbox.store.payment_intents.part(intent_id)["session"]:
        _conclude(sandbox, intent)
    return intent


def _authenticate_setup(sandbox: Sandbox, setup_id: str, *, success: bool) -> Obj:
    setup = sandbox.store.setup_intents.get(setup_id)
    _expect_question(setup)
    if not success:
        return setup_confirmation.fail_authentication(sandbox, setup)
    method = sandbox.store.payment_methods.get(setup["payment_method"])
    setup = setup_confirmation.confirm(sandbox, setup, method, NO_REQUEST, authenticated=True)
    session_id = sandbox.store.setup_intents.part(setup_id)["session"]
    if session_id:
        session = sandbox.store.checkout_sessions.get(session_id)
        _complete(sandbox, session, "no_payment_required")
    return setup


def intent_id_of(sandbox: Sandbox, session: Obj) -> str | None:
    """The PaymentIntent or SetupIntent that the session waits for, if there is one by now."""
    if session["mode"] == "subscription":
        intent = checkout_subscription.intent_of(sandbox, session)
        return intent["id"] if intent else None
    known: str | None = session["payment_intent"] or session["setup_intent"]
    return known


def session_of(sandbox: Sandbox, intent_id: str) -> Obj | None:
    """The Checkout Session that a PaymentIntent or SetupIntent belongs to."""
    kept = intents(sandbox, intent_id).part(intent_id)
    return sandbox.store.checkout_sessions.find(kept["session"] or "")


def intents(sandbox: Sandbox, intent_id: str) -> Collection:
    """The collection that the id's prefix names: PaymentIntents or SetupIntents."""
    is_setup = intent_id.startswith("seti_")
    return sandbox.store.setup_intents if is_setup else sandbox.store.payment_intents


def _expect_question(intent: Obj) -> None:
    if intent["status"] != "requires_action":
        raise StateConflictError("Nobody is being asked about this card any more.")


def _open(sandbox: Sandbox, session_id: str) -> Obj:
    session = sandbox.store.checkout_sessions.get(session_id)
    if session["status"] != "open":
        raise StateConflictError(f"This Checkout Session is {session['status']}.")
    return session


def _customers_email(sandbox: Sandbox, session: Obj) -> str | None:
    customer = sandbox.store.customers.find(session["customer"] or "")
    return customer["email"] if customer else None


def _introduce(sandbox: Sandbox, session: Obj, email: str | None, name: str | None) -> Obj:
    """Note who pays; a customer is made where the session calls for one."""
    wish = sandbox.store.checkout_sessions.part(session["id"])["payment_intent_data"]
    needed = session["customer_creation"] == "always" or "setup_future_usage" in wish
    customer_id = session["customer"]
    if customer_id is None and needed:
        customer_id = customers.new(sandbox, email=email, name=name)["id"]
    details: Obj = {
        "address": payment_methods.EMPTY_ADDRESS,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }
    return sandbox.store.checkout_sessions.update(
        session["id"], customer=customer_id, customer_details=details
    )


def _intent(sandbox: Sandbox, session: Obj) -> Obj:
    """The session's intent; the first attempt to pay makes it."""
    known = sandbox.store.payment_intents.find(intent_id_of(sandbox, session) or "")
    if known is not None:
        return known
    kept = sandbox.store.checkout_sessions.part(session["id"])
    types = session["payment_method_types"]
    wish = {**kept["payment_intent_data"], "payment_method_types": types}
    if session["customer"] is not None:
        wish["customer"] = session["customer"]
    intent = payment_intents.new(
        sandbox,
        session["amount_total"],
        session["currency"],
        wish,
        NO_REQUEST,
        kept["base_url"],
        session_id=session["id"],
    )
    sandbox.store.checkout_sessions.update(session["id"], payment_intent=intent["id"])
    return intent


def _conclude(sandbox: Sandbox, intent: Obj) -> Obj:
    session_id = sandbox.store.payment_intents.part(intent["id"])["session"]
    session = sandbox.store.checkout_sessions.get(session_id)
    if intent["status"] == "succeeded":
        return _complete(sandbox, session, "paid")
    if intent["status"] in ("requires_capture", "processing"):
        return _complete(sandbox, session, "unpaid")
    return session


def _complete(sandbox: Sandbox, session: Obj, payment_status: str) -> Obj:
    complete = sandbox.store.checkout_sessions.update(
        session["id"],
        **checkout_subscription.outcome(sandbox, session, NO_REQUEST),
        payment_status=payment_status,
        status="complete",
        url=None,
    )
    sandbox.emit("checkout.session.completed", complete)
    return complete
