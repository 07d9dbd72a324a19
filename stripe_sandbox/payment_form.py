"""What was typed or pressed on the payment page, read with care.

A number that is none of Stripe's test numbers might be a real one: it is refused with a sentence,
never kept, and never sent back to the browser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from .bank_accounts import BANK_ACCOUNTS, NOT_A_TEST_ACCOUNT, BankAccount, by_iban
from .cards import CARDS, NOT_A_TEST_CARD, Card, by_number
from .store import Obj

_EXPIRY = re.compile(r"(0?[1-9]|1[0-2])\s*/?\s*(?:20)?(\d{2})\Z", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\Z")

Typed = Mapping[str, str]


class RefusedError(Exception):
    """What was typed will not do; the message is shown at the field."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def needs_instrument(session: Obj) -> bool:
    """Whether the session wants a card or an account; a payment of nothing does not."""
    return bool(session["amount_total"]) or session["mode"] != "payment"


def instrument(typed: Typed, session: Obj, now: int) -> Card | BankAccount:
    """The card or account that was chosen by button or typed; raises ``RefusedError``."""
    kinds = session["payment_method_types"]
    if "card" in kinds and (card := by_number(typed.get("card", ""))):
        return card
    if "sepa_debit" in kinds and (account := by_iban(typed.get("account", ""))):
        return account
    if not needs_instrument(session):
        return CARDS[0]
    if "card" not in kinds or ("sepa_debit" in kinds and typed.get("method") == "sepa_debit"):
        return _account(typed)
    return _card(typed, now)


def _account(typed: Typed) -> BankAccount:
    iban = typed.get("iban", "").strip()
    if not iban:
        raise RefusedError("iban", "Your IBAN is incomplete.")
    account = by_iban(iban)
    if account is None:
        raise RefusedError("iban", NOT_A_TEST_ACCOUNT)
    return account


def _card(typed: Typed, now: int) -> Card:
    number = typed.get("number", "").strip()
    if not number:
        raise RefusedError("number", "Your card number is incomplete.")
    card = by_number(number)
    if card is None:
        raise RefusedError("number", NOT_A_TEST_CARD)
    expiry = _EXPIRY.match(typed.get("expiry", "").strip())
    if expiry is None:
        raise RefusedError("expiry", "Write the expiry date as MM / YY; any date to come will do.")
    today = datetime.fromtimestamp(now, UTC)
    if (2000 + int(expiry[2]), int(expiry[1])) < (today.year, today.month):
        raise RefusedError("expiry", "Your card's expiration date is in the past.")
    code = typed.get("cvc", "").strip()
    if not (code.isascii() and code.isdigit() and len(code) in (3, 4)):
        raise RefusedError("cvc", "The security code has three digits; any will do.")
    return card


def email(typed: Typed, session: Obj) -> str | None:
    """The address that was typed or that the shop gave; raises ``RefusedError``."""
    address = typed.get("email", "").strip() or session["customer_email"]
    if address and not _EMAIL.match(address):
        raise RefusedError("email", "This is not an e-mail address.")
    return address or None


def presentable(typed: Typed) -> dict[str, str]:
    """What may be shown in the form again: no number that might be a real one."""
    shown = {name: typed[name] for name in ("email", "name", "expiry", "method") if name in typed}
    if by_number(typed.get("number", "")):
        shown["number"] = typed["number"]
    if by_iban(typed.get("iban", "")):
        shown["iban"] = typed["iban"]
    return shown


def card_groups(session: Obj) -> list[tuple[str, list[Card]]]:
    """The test cards by what they do, each under a heading that says so."""
    if "card" not in session["payment_method_types"]:
        return []
    groups: dict[str, list[Card]] = {
        "Pay": [],
        "Ask the owner first": [],
        "Are declined": [],
        "Pay, with an aftermath": [],
    }
    for card in CARDS:
        groups[_heading(card)].append(card)
    return list(groups.items())


def _heading(card: Card) -> str:
    if card.authentication != "never":
        return "Ask the owner first"
    if card.decline is not None:
        return "Are declined"
    if card.refund != "succeeds" or card.dispute is not None:
        return "Pay, with an aftermath"
    return "Pay"


def accounts(session: Obj) -> tuple[BankAccount, ...]:
    """The test accounts, where the session can be paid by debit."""
    return BANK_ACCOUNTS if "sepa_debit" in session["payment_method_types"] else ()
