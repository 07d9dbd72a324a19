"""The words of each kind of document, and how amounts, dates and rates are written."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from common.money import format_money
from payments.domain.late_fees import LateFee

Facts = Mapping[str, Any]
Letter = dict[str, Any]

TITLES: Final = {
    "QUOTE": "Quote",
    "AGREEMENT": "Rental agreement",
    "INVOICE": "Invoice",
    "CREDIT_NOTE": "Credit note",
    "RECEIPT": "Receipt",
}

# What a line is for, where it is not a product.
_CLAIMS: Final = {
    "KEPT": "Kept by the cancellation terms",
    "LATE": "Late return",
    "DAMAGE": "Damage",
    "CLEANING": "Cleaning",
    "LOSS": "Loss",
}

_SECURED: Final = {
    "CHARGE": "It is paid with the rent and comes back after the return.",
    "HOLD": "It is held on your card around the rental, and not charged.",
    "CARD_ON_FILE": "Nothing is charged for it unless there is something to claim.",
}


def letter(kind: str, number: str, issued_on: str, content: Facts, corrects: str) -> Letter:
    """Everything that the layout prints, as words."""
    currency = content["currency"]
    return {
        "title": f"{TITLES[kind]} {number}",
        "number": number,
        "shop": content["shop"],
        "customer": content["customer"],
        "facts": _facts(issued_on, content),
        "intro": _intro(kind, content, corrects),
        "lines": [_line(line, currency) for line in content.get("lines", [])],
        "totals": _received(content, currency)
        if kind == "RECEIPT"
        else _totals(content["totals"], currency),
        "sections": _sections(content, currency),
        "signatures": _signatures(content) if kind == "AGREEMENT" else [],
    }


def _facts(issued_on: str, content: Facts) -> list[tuple[str, str]]:
    order = content["order"]
    return [
        ("Date", _day(date.fromisoformat(issued_on))),
        ("Order", order["number"]),
        ("Rental from", _moment(order["starts_at"])),
        ("until", _moment(order["ends_at"])),
        ("Time zone", order["time_zone"]),
    ]


def _intro(kind: str, content: Facts, corrects: str) -> str:
    if kind == "CREDIT_NOTE":
        return f"This takes back invoice {corrects} of {_day_of(content['corrects_issued_on'])}."
    if kind == "RECEIPT":
        return f"With thanks we have received for {_for_what(content['invoices'])}:"
    if not content.get("valid_until"):
        return ""
    until = _moment(content["valid_until"])
    if content["is_held"]:
        return f"The units are held for you until {until}."
    return f"You may accept this offer until {until}. No units are held for you before."


def _for_what(invoices: list[str]) -> str:
    if not invoices:
        return "this order"
    *others, last = invoices
    if not others:
        return f"invoice {last} of this order"
    return f"invoices {', '.join(others)} and {last} of this order"


def _line(line: Facts, currency: str) -> Letter:
    what = _CLAIMS.get(line["kind"], "")
    return {
        "text": ": ".join(part for part in (what, line["text"]) if part),
        "explanation": line["explanation"],
        "quantity": str(line["quantity"]),
        "unit": format_money(line["unit_minor"], currency),
        "adjustment": _unless_zero(line["adjustment_minor"], currency),
        "tax_rate": _percent(line["tax_rate"]),
        "net": format_money(line["net_minor"], currency),
    }


def _totals(totals: Facts, currency: str) -> list[tuple[str, str, bool]]:
    taxes = [
        (
            f"Tax {_percent(tax['rate'])} on {format_money(tax['net_minor'], currency)}",
            format_money(tax["tax_minor"], currency),
            False,
        )
        for tax in totals["taxes"]
    ]
    return [
        ("Net", format_money(totals["net_minor"], currency), False),
        *taxes,
        ("Total", format_money(totals["total_minor"], currency), True),
    ]


def _received(content: Facts, currency: str) -> list[tuple[str, str, bool]]:
    """Each payment of a receipt, and their sum."""
    payments = [
        (f"Paid on {_day_of(paid['on'])}", format_money(paid["amount_minor"], currency), False)
        for paid in content["payments"]
    ]
    return [*payments, ("Received", format_money(content["totals"]["total_minor"], currency), True)]


def _sections(content: Facts, currency: str) -> list[Letter]:
    sections = [
        _deposit(content.get("deposit"), currency),
        _account(content.get("account"), currency),
        _text("Your message", content.get("notes", "")),
        _text("Cancelling", _cancellation(content.get("cancellation", []))),
        _text("Late return", _late_return(content.get("late_fees", []), currency)),
        _text("Terms", content.get("terms", "")) | {"breakable": True},
    ]
    return [section for section in sections if section.get("text") or section.get("sums")]


def _text(title: str, text: str) -> Letter:
    return {"title": title, "text": text}


def _deposit(deposit: Facts | None, currency: str) -> Letter:
    if not deposit:
        return {}
    amount = format_money(deposit["amount_minor"], currency)
    words = f"A deposit of {amount}, untaxed and no part of the price. "
    return _text("Deposit", words + _SECURED.get(deposit["strategy"], ""))


def _account(account: Facts | None, currency: str) -> Letter:
    """What was paid, and what is left to pay of the whole order."""
    if not account:
        return {}
    rows = [_cost(account)]
    rows += [("Deposit in our keeping", account["deposit_minor"])] * bool(account["deposit_minor"])
    rows += [_movement(movement) for movement in account["movements"]]
    rows += [("Given back as a courtesy", -account["conceded_minor"])] * bool(
        account["conceded_minor"]
    )
    sums = [(label, format_money(minor, currency), False) for label, minor in rows]
    balance = account["balance_minor"]
    label = "Still to pay" if balance >= 0 else "To be given back to you"
    total = (label, format_money(abs(balance), currency), True)
    return {"title": "What was paid", "sums": [*sums, total]}


def _cost(account: Facts) -> tuple[str, int]:
    """A receipt makes no invoices, so they may still have to follow what the order costs."""
    if "invoiced_minor" in account:
        return "All invoices of this order", account["invoiced_minor"]
    return "Price of this order", account["cost_minor"]


def _movement(movement: Facts) -> tuple[str, int]:
    is_paid = movement["amount_minor"] > 0
    label = "Received on" if is_paid else "Given back on"
    return f"{label} {_day_of(movement['on'])}", -movement["amount_minor"]


def _cancellation(policy: list[Facts]) -> str:
    tiers = [
        f"{row['percent_back']} % of rent and tax come back with {_notice(row)} of notice."
        for row in policy
    ]
    return "\n".join([*tiers, "The deposit comes back whole before pickup."] if tiers else [])


def _notice(row: Facts) -> str:
    days, hours = divmod(row["min_notice_hours"], 24)
    return f"{days} days" if not hours and days > 1 else f"{row['min_notice_hours']} hours"


def _late_return(late_fees: list[Facts], currency: str) -> str:
    """Products that have the same rule share a line."""
    by_rule: dict[str, list[str]] = {}
    for row in late_fees:
        by_rule.setdefault(LateFee.parse(row["rule"]).words(currency), []).append(row["text"])
    return "\n".join(f"{', '.join(texts)}: {words}." for words, texts in by_rule.items())


def _signatures(content: Facts) -> list[str]:
    return [content["shop"]["name"], content["customer"]["name"] or content["customer"]["email"]]


def _unless_zero(minor: int, currency: str) -> str:
    return format_money(minor, currency) if minor else ""


def _percent(rate: str) -> str:
    """`0.1900` -> `19 %`."""
    return f"{(Decimal(rate) * 100).normalize():f} %"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _day_of(text: str) -> str:
    return _day(date.fromisoformat(text))


def _moment(text: str) -> str:
    """An instant that was written down with the shop's offset: `15 January 2027, 10:00`."""
    moment = datetime.fromisoformat(text)
    return f"{_day(moment.date())}, {moment:%H:%M}"
