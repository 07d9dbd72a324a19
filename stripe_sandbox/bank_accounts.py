"""Stripe's test bank accounts for SEPA Direct Debit: payments that are decided days later."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import ClassVar

from .cards import Decline

#: A debit takes about five working days; Stripe's own test mode does not wait, a sandbox with a
#: clock of its own can.
USUAL_SECONDS = 5 * 24 * 3600
#: The accounts that Stripe calls delayed.
DELAYED_SECONDS = 3 * 60

#: Where in an IBAN the bank's number is, by country; elsewhere as in Germany.
_BANK_CODE = {"AT": slice(4, 9), "IT": slice(5, 10)}

REFUSED = Decline(
    "payment_intent_payment_attempt_failed",
    "generic_could_not_process",
    "The payment failed.",
)
NO_FUNDS = Decline(
    "insufficient_funds",
    "insufficient_funds",
    "The customer's account has insufficient funds to cover this payment.",
)


@dataclass(frozen=True)
class BankAccount:
    """One account: what it is called, and what becomes of a debit from it."""

    iban: str
    method: str
    label: str
    decline: Decline | None = None
    seconds: int = USUAL_SECONDS
    dispute: str | None = None

    type: ClassVar[str] = "sepa_debit"

    @property
    def country(self) -> str:
        """Where the bank is."""
        return self.iban[:2]

    @property
    def bank_code(self) -> str:
        """Which bank it is."""
        return self.iban[_BANK_CODE.get(self.country, slice(4, 12))]

    @property
    def last4(self) -> str:
        """The digits that are shown."""
        return self.iban[-4:]

    @property
    def fingerprint(self) -> str:
        """What tells this account from others in a PaymentMethod, as at Stripe."""
        return hashlib.sha256(self.iban.encode()).hexdigest()[:16]

    @property
    def spaced(self) -> str:
        """The number in groups of four."""
        return " ".join(self.iban[i : i + 4] for i in range(0, len(self.iban), 4))


BANK_ACCOUNTS = (
    BankAccount("AT611904300234573201", "pm_success_at", "Pays in five days"),
    BankAccount(
        "AT321904300235473204",
        "pm_successDelayed_at",
        "Pays in three minutes",
        seconds=DELAYED_SECONDS,
    ),
    BankAccount("AT861904300235473202", "pm_failed_at", "Fails in five days", decline=REFUSED),
    BankAccount(
        "AT051904300235473205",
        "pm_failedDelayed_at",
        "Fails in three minutes",
        decline=REFUSED,
        seconds=DELAYED_SECONDS,
    ),
    BankAccount(
        "AT981904300002222227", "pm_insufficientFunds_at", "Has no funds", decline=NO_FUNDS
    ),
    BankAccount(
        "AT591904300235473203",
        "pm_disputed_at",
        "Pays, then disputes",
        dispute="debit_not_authorized",
    ),
    BankAccount("DE89370400440532013000", "pm_success_de", "Pays in five days (German)"),
    BankAccount(
        "DE62370400440532013001", "pm_failed_de", "Fails in five days (German)", decline=REFUSED
    ),
    BankAccount(
        "IT60X0542811101000000123456",
        "pm_failed_it",
        "Fails in five days (Italian)",
        decline=REFUSED,
    ),
)

BY_IBAN = {account.iban: account for account in BANK_ACCOUNTS}
BY_FINGERPRINT = {account.fingerprint: account for account in BANK_ACCOUNTS}
BY_METHOD = {account.method: account for account in BANK_ACCOUNTS}

NOT_A_TEST_ACCOUNT = (
    "This is a sandbox and takes only Stripe's test accounts, so that no real account number is "
    "ever typed here. Try AT61 1904 3002 3457 3201."
)


def by_iban(iban: str) -> BankAccount | None:
    """The test account with this number, spaces aside."""
    return BY_IBAN.get(iban.replace(" ", "").upper())
