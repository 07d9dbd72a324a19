"""A quote with what is free: everything create_from_cart would say, and nothing is held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from payments.domain.period import Period
from payments.services.availability import free_units
from payments.services.quotes import CartLine, Quote, QuoteLine, quote_cart


@dataclass(frozen=True)
class PreviewLine:
    """`available_quantity` units are free the whole time, buffers included."""

    quote: QuoteLine
    available_quantity: int

    @property
    def is_available(self) -> bool:
        return self.available_quantity >= self.quote.price.quantity


@dataclass(frozen=True)
class Preview:
    """For people to look at: by the time they order, somebody else may have (D2.8)."""

    quote: Quote
    lines: list[PreviewLine]

    @property
    def is_available(self) -> bool:
        return all(line.is_available for line in self.lines)


def preview_cart(cart: Sequence[CartLine], period: Period, now: datetime) -> Preview:
    """What `cart` would cost and whether it is free. Raises what `quote_cart` raises."""
    quote = quote_cart(cart, period, now)
    free = free_units([(line.product, line.occupied) for line in quote.lines])
    return Preview(quote, [PreviewLine(*pair) for pair in zip(quote.lines, free, strict=True)])
