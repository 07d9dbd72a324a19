"""Stripe's test cards: the only ones that the sandbox takes (stripe.md, "Test cards")."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True)
class Decline:
    """Why a card says no."""

    code: str
    decline_code: str
    message: str
    advice: str = "try_again_later"


GENERIC = Decline("card_declined", "generic_decline", "Your card was declined.")
INSUFFICIENT = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
LOST = Decline("card_declined", "lost_card", "Your card was declined.", "do_not_try_again")
EXPIRED = Decline("expired_card", "expired_card", "Your card has expired.", "do_not_try_again")
WRONG_CVC = Decline(
    "incorrect_cvc",
    "incorrect_cvc",
    "Your card's security code is incorrect.",
    "confirm_card_data",
)
PROCESSING = Decline(
    "processing_error",
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
)
AUTHENTICATION_REQUIRED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
    "confirm_card_data",
)


@dataclass(frozen=True)
class Card:
    """One card: what it is called, and what becomes of a payment with it."""

    number: str
    method: str
    label: str
    brand: str = "visa"
    decline: Decline | None = None
    #: Whether the bank wants to hear the card's owner: ``unless_set_up`` cards pay off-session
    #: once a SetupIntent or ``setup_future_usage`` has set them up, ``always`` cards never do.
    authentication: Literal["never", "unless_set_up", "always"] = "never"
    #: Set up from the start.
    set_up: bool = False
    #: A card that declines can mostly not even be saved; this one can.
    attaches: bool = False
    refund: Literal["succeeds", "fails_later", "pends"] = "succeeds"
    #: Why its owner complains after paying; of an ``inquiry``, the bank only asks.
    dispute: str | None = None
    #: Its money need not wait two days.
    available_at_once: bool = False

    type: ClassVar[str] = "card"

    @property
    def last4(self) -> str:
        """The digits that are shown."""
        return self.number[-4:]

    @property
    def fingerprint(self) -> str:
        """What tells this card from others in a PaymentMethod, as at Stripe."""
        return hashlib.sha256(self.number.encode()).hexdigest()[:16]

    @property
    def spaced(self) -> str:
        """The number in groups of four."""
        return " ".join(self.number[i : i + 4] for i in range(0, len(self.number), 4))


CARDS = (
    Card("4242424242424242", "pm_card_visa", "Pays"),
    Card("5555555555554444", "pm_card_mastercard", "Pays (Mastercard)", brand="mastercard"),
    Card("4000000000000002", "pm_card_chargeDeclined", "Declined", decline=GENERIC),
    Card(
        "4000000000009995",
        "pm_card_chargeDeclinedInsufficientFunds",
        "Insufficient funds",
        decline=INSUFFICIENT,
    ),
    Card("4000000000009987", "pm_card_chargeDeclinedLostCard", "Lost card", decline=LOST),
    Card("4000000000000069", "pm_card_chargeDeclinedExpiredCard", "Expired card", decline=EXPIRED),
    Card(
        "4000000000000127",
        "pm_card_chargeDeclinedIncorrectCvc",
        "Wrong security code",
        decline=WRONG_CVC,
    ),
    Card(
        "4000000000000119",
        "pm_card_chargeDeclinedProcessingError",
        "Processing error",
        decline=PROCESSING,
    ),
    Card(
        "4000002500003155",
        "pm_card_authenticationRequiredOnSetup",
        "Asks its owner unless set up",
        authentication="unless_set_up",
    ),
    Card(
        "4000003800000446",
        "pm_card_authenticationRequiredSetupForOffSession",
        "Asks its owner, is set up",
        authentication="unless_set_up",
        set_up=True,
    ),
    Card(
        "4000002760003184",
        "pm_card_authenticationRequired",
        "Asks its owner every time",
        authentication="always",
    ),
    Card(
        "4000000000003220",
        "pm_card_threeDSecure2Required",
        "Needs 3-D Secure",
        authentication="always",
    ),
    Card(
        "4000000000000341",
        "pm_card_chargeCustomerFail",
        "Can be saved, then declines",
        decline=GENERIC,
        attaches=True,
    ),
    Card("4000000000000259", "pm_card_createDispute", "Pays, then disputes", dispute="fraudulent"),
    Card(
        "4000000000002685",
        "pm_card_createDisputeProductNotReceived",
        "Pays, says nothing came",
        dispute="product_not_received",
    ),
    Card("4000000000001976", "pm_card_createDisputeInquiry", "Pays, then asks", dispute="inquiry"),
    Card("4000000000005126", "pm_card_refundFail", "Refund fails later", refund="fails_later"),
    Card("4000000000007726", "pm_card_pendingRefund", "Refund pends first", refund="pends"),
    Card(
        "4000000000000077",
        "pm_card_bypassPending",
        "Funds available at once",
        available_at_once=True,
    ),
)

BY_NUMBER = {card.number: card for card in CARDS}
BY_FINGERPRINT = {card.fingerprint: card for card in CARDS}
#: ``pm_card_chargeDeclined`` is also known as ``pm_card_visa_chargeDeclined``, and so on.
BY_METHOD = {card.method: card for card in CARDS} | {
    card.method.replace("pm_card_", "pm_card_visa_", 1): card
    for card in CARDS
    if card.brand == "visa" and card.method != "pm_card_visa"
}

NOT_A_TEST_CARD = (
    "This is a sandbox and takes only Stripe's test cards, so that no real card number is ever "
    "typed here. Try 4242 4242 4242 4242."
)


def by_number(number: str) -> Card | None:
    """The test card with this number, spaces and dashes aside."""
    return BY_NUMBER.get(number.replace(" ", "").replace("-", ""))
