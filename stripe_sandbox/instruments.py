"""What a payment is made with, as the API describes it: a test card or a test bank account."""

from __future__ import annotations

from typing import Any

from .bank_accounts import NOT_A_TEST_ACCOUNT, BankAccount, by_iban
from .cards import BY_METHOD, NOT_A_TEST_CARD, Card, by_number
from .errors import CardError, InvalidParamsError, parameter_missing, resource_missing


def read(wish: dict[str, Any]) -> Card | BankAccount:
    """The instrument of a ``type`` with its details; a real number is refused."""
    kind = wish["type"]
    if kind not in ("card", "sepa_debit"):
        raise InvalidParamsError(f"stripe_sandbox does not simulate {kind[:50]}.", param="type")
    if kind not in wish:
        raise parameter_missing(kind)
    return _card(wish["card"]) if kind == "card" else _account(wish["sepa_debit"])


def _card(wish: dict[str, Any]) -> Card:
    token = wish.get("token", "")
    card = BY_METHOD.get(token.replace("tok_", "pm_card_", 1)) if token else None
    if token and card is None:
        raise resource_missing("token", token, "card[token]")
    card = card or by_number(wish.get("number", ""))
    if card is None:
        raise CardError(NOT_A_TEST_CARD, code="incorrect_number", param="number")
    return card


def _account(wish: dict[str, Any]) -> BankAccount:
    account = by_iban(wish["iban"])
    if account is None:
        raise InvalidParamsError(
            NOT_A_TEST_ACCOUNT, code="account_number_invalid", param="sepa_debit[iban]"
        )
    return account
