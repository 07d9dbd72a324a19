"""How the deposit of a rental is secured (domain rule D4)."""

from collections.abc import Iterable
from enum import StrEnum


class DepositStrategy(StrEnum):
    """The strictest first: the shop's money, money that a bank keeps for it, a card, nothing."""

    CHARGE = "CHARGE"  # paid with the rent, given back after the return
    HOLD = "HOLD"  # held on the card from shortly before pickup
    CARD_ON_FILE = "CARD_ON_FILE"  # the card is saved, and charged only for a claim
    NONE = "NONE"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def needs_card(self) -> bool:
        """Whether the card has to be saved when the customer pays."""
        return self in (DepositStrategy.HOLD, DepositStrategy.CARD_ON_FILE)


_LABELS = {
    DepositStrategy.CHARGE: "Charged with the rent",
    DepositStrategy.HOLD: "Held on the card around the rental",
    DepositStrategy.CARD_ON_FILE: "Card on file, charged for claims only",
    DepositStrategy.NONE: "No deposit",
}


def choices() -> list[tuple[str, str]]:
    return [(strategy.value, strategy.label) for strategy in DepositStrategy]


def strictest(strategies: Iterable[DepositStrategy]) -> DepositStrategy:
    """The one strategy of an order whose products differ (docs/adr/0009)."""
    found = set(strategies)
    return next((one for one in DepositStrategy if one in found), DepositStrategy.NONE)
