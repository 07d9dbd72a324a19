"""Currencies and amounts (stripe.md, "PaymentIntents, charges, holds")."""

from __future__ import annotations

import math
from fractions import Fraction

from .errors import InvalidParamsError

MAXIMUM = 99_999_999


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


ZERO_DECIMAL = _codes("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf")
THREE_DECIMAL = _codes("bhd jod kwd omr tnd")
#: Written with two decimals that must be 00, since the currency itself has none.
WHOLE_UNITS_ONLY = _codes("isk ugx")
TWO_DECIMAL = _codes(
    "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd "
    "cad cdf chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd "
    "hnl htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt "
    "mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub "
    "sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah ugx uyu uzs wst "
    "xcd yer zar zmw"
)
SUPPORTED = ZERO_DECIMAL | THREE_DECIMAL | TWO_DECIMAL

#: Stripe's published minimum charges, in minor units.
_MINIMUM = {
    "usd": 50, "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500,
    "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000,
    "myr": 200, "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip

_SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "aud": "A$", "cad": "CA$", "nzd": "NZ$"}


def read_currency(code: str, param: str = "currency") -> str:
    """The currency in Stripe's lower case, or ``InvalidParamsError``."""
    currency = code.lower()
    if currency not in SUPPORTED:
        raise InvalidParamsError(
            f"Invalid currency: {currency[:20]}. Stripe currently supports these currencies: "
            + ", ".join(sorted(SUPPORTED)),
            param=param,
        )
    return currency


def decimals(currency: str) -> int:
    """How many of an amount's digits stand behind the point."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def minimum(currency: str) -> int:
    """The smallest amount that can be charged.

    Where Stripe publishes none for a currency it applies about 0.50 USD at the day's rate; a
    sandbox has no rates and takes 50 of the smallest coin.
    """
    return _MINIMUM.get(currency, 50)


def plain(amount: int, currency: str) -> str:
    """``1234`` as ``12.34``, with as many decimals as the currency has."""
    places = decimals(currency)
    if not places:
        return f"{amount:,}"
    whole, part = divmod(abs(amount), 10**places)
    return f"{'-' if amount < 0 else ''}{whole:,}.{part:0{places}d}"


def display(amount: int, currency: str) -> str:
    """An amount as a person reads it: ``$12.34`` or ``12.34 CHF``."""
    symbol = _SYMBOLS.get(currency)
    if symbol:
        return f"{symbol}{plain(amount, currency)}"
    return f"{plain(amount, currency)} {currency.upper()}"


def rounded(amount: Fraction, currency: str) -> int:
    """An amount that the currency can pay, rounded half up; a credit like the debit it undoes."""
    step = 10 if currency in THREE_DECIMAL else 100 if currency in WHOLE_UNITS_ONLY else 1
    size = math.floor(abs(amount) / step + Fraction(1, 2)) * step
    return size if amount >= 0 else -size


def check_granularity(amount: int, currency: str, param: str) -> None:
    """Refuse digits that the currency cannot pay out."""
    if currency in THREE_DECIMAL and amount % 10:
        raise InvalidParamsError(
            f"Invalid amount: the last digit must be 0 in {currency.upper()}.",
            code="invalid_charge_amount",
            param=param,
        )
    if currency in WHOLE_UNITS_ONLY and amount % 100:
        raise InvalidParamsError(
            f"Invalid amount: {currency.upper()} has no decimals, so the last two digits must "
            "be 00.",
            code="invalid_charge_amount",
            param=param,
        )


def check_charge(amount: int, currency: str, param: str = "amount") -> None:
    """Refuse an amount that cannot be charged."""
    if amount < 1:
        raise InvalidParamsError(
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param=param,
        )
    check_granularity(amount, currency, param)
    if amount > MAXIMUM:
        raise InvalidParamsError(
            f"Amount must be no more than {display(MAXIMUM, currency)} {currency}",
            code="amount_too_large",
            param=param,
        )
    least = minimum(currency)
    if amount < least:
        raise InvalidParamsError(
            f"Amount must be at least {display(least, currency)} {currency}",
            code="amount_too_small",
            param=param,
        )
