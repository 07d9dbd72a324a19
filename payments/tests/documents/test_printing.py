"""From values to a PDF: what a customer typed is printed as it is, and reads nothing."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from payments.documents import Paper, print_pdf

AT = datetime(2027, 5, 12, 22, 30, tzinfo=UTC)


def line(number: int = 1, **changes: Any) -> dict[str, Any]:
    values = {
        "subject": f"item-{number}",
        "kind": "RENTAL",
        "text": f"Tent {number}",
        "quantity": 2,
        "unit_minor": 5000,
        "adjustment_minor": 0,
        "explanation": "1 week + 1 day",
        "net_minor": 10000,
        "tax_rate": "0.1900",
        "tax_minor": 1900,
    }
    return {**values, **changes}


def content(**changes: Any) -> dict[str, Any]:
    values = {
        "shop": {"name": "Harbour Rentals", "address": "Quay 1\n20457 Hamburg", "tax_id": "DE1"},
        "customer": {"name": "Bob Builder", "email": "bob@example.com"},
        "order": {
            "number": "RO1",
            "starts_at": "2027-05-20T10:00+02:00",
            "ends_at": "2027-05-22T10:00+02:00",
            "time_zone": "Europe/Berlin",
        },
        "currency": "EUR",
        "lines": [line()],
        "totals": {
            "net_minor": 10000,
            "taxes": [{"rate": "0.1900", "net_minor": 10000, "tax_minor": 1900}],
            "total_minor": 11900,
        },
    }
    return {**values, **changes}


def paper(kind: str = "INVOICE", corrects: str = "", **changes: Any) -> Paper:
    return Paper(kind, "INV-00001", AT, content(**changes), corrects)


def pages(paper: Paper) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(print_pdf(paper))).pages]


def text(paper: Paper) -> str:
    return "\n".join(pages(paper))


def squeezed(text: str) -> str:
    """Without white space: where a line breaks is no matter here."""
    return "".join(text.split())


HOSTILE = [
    '#read("/etc/passwd")',
    '#image("letter.typ")',
    '#import "@preview/cetz:0.3.0"',
    "#panic(1) #{ while true {} }",
    "*bold* _slanted_ `code` $x^2$ <label> @ref = Heading",
    '"quoted", \\n \\u{41} // no comment /* nor this */',
    "</script><b>{{ 7*7 }}{% x %}",
    "]]>]} ) #set page(width: 1pt)",
]


@pytest.mark.parametrize("typed", HOSTILE)
def test_markup_is_printed_as_it_was_typed(typed: str) -> None:
    """As a customer's name, a product's name, a message, the terms, and the shop's own address."""
    made = paper(
        customer={"name": typed, "email": typed},
        shop={"name": typed, "address": typed, "tax_id": typed},
        lines=[line(text=typed, explanation=typed)],
        notes=typed,
        terms=typed,
    )
    assert squeezed(text(made)).count(squeezed(typed)) >= 8


def test_nothing_of_the_machine_is_read() -> None:
    assert "root:" not in text(paper(notes='#read("/etc/passwd") #read("../../manage.py")'))


@pytest.mark.parametrize("sign", ["\0", "\x07", "\x1b", "\u202e", "\u2066", "\ufeff", "\ufffe"])
def test_signs_that_no_paper_has_are_left_out(sign: str) -> None:
    """Nor those that turn the reading order, and so an amount around."""
    made = text(paper(customer={"name": f"Bob{sign}Builder", "email": ""}))
    assert "BobBuilder" in made


@pytest.mark.parametrize("name", ["Zoë Ångström", "Łukasz Żółć", "Ιωάννης", "Юлия", "x" * 400])
def test_names_of_other_languages_are_printed(name: str) -> None:
    assert squeezed(name) in squeezed(text(paper(customer={"name": name, "email": ""})))


@pytest.mark.parametrize("name", ["", "山田太郎", "محمد", "😀"])
def test_a_script_without_letters_here_prints_all_the_same(name: str) -> None:
    assert "Invoice INV-00001" in text(paper(customer={"name": name, "email": "a@example.com"}))


def test_the_same_paper_makes_the_same_bytes() -> None:
    assert print_pdf(paper()) == print_pdf(paper())
    assert print_pdf(paper()) != print_pdf(paper(notes="Size M"))


def test_a_long_order_goes_over_pages_with_its_head_and_its_sums_together() -> None:
    account = {
        "invoiced_minor": 595_000,
        "deposit_minor": 0,
        "movements": [{"on": "2027-05-12", "amount_minor": 595_000}],
        "conceded_minor": 0,
        "balance_minor": 0,
    }
    found = pages(paper(lines=[line(number) for number in range(1, 51)], account=account))
    assert len(found) > 1
    for number, page in enumerate(found, 1):
        assert f"page {number} of {len(found)}" in page
    assert all("Description" in page for page in found if "Tent" in page)
    together = [page for page in found if "Total" in page]
    assert len(together) == 1
    assert "Tax 19 % on" in together[0]
    (paid,) = [page for page in found if "What was paid" in page]
    assert "Still to pay" in paid


@pytest.mark.parametrize("count", range(12, 24))
def test_sums_are_never_torn_apart(count: int) -> None:
    """Wherever the page happens to end."""
    found = pages(paper(lines=[line(number) for number in range(count)]))
    (together,) = [page for page in found if "Total" in page]
    assert "Net 100.00 EUR\nTax 19 % on 100.00 EUR 19.00 EUR\nTotal 119.00 EUR" in together


def test_the_day_is_that_of_the_shops_wall_clock() -> None:
    """Half past ten at night in UTC is the next day in Berlin."""
    assert "13 May 2027" in text(paper())
    assert "20 May 2027, 10:00" in text(paper())


def test_a_quote_says_until_when_and_how_the_deposit_is_secured() -> None:
    made = text(
        paper(
            "QUOTE",
            valid_until="2027-05-13T11:00+02:00",
            is_held=True,
            deposit={"amount_minor": 5000, "strategy": "HOLD"},
        )
    )
    assert "held for you until 13 May 2027, 11:00" in made
    assert "A deposit of 50.00 EUR, untaxed" in made
    assert "held on your card" in made


def test_a_draft_is_an_offer_that_holds_no_units() -> None:
    made = text(paper("QUOTE", valid_until="2027-05-13T11:00+02:00", is_held=False))
    assert "You may accept this offer until 13 May 2027, 11:00. No units are held" in made


def test_an_agreement_has_what_cancelling_costs_and_two_signatures() -> None:
    policy = [
        {"min_notice_hours": 168, "percent_back": 100},
        {"min_notice_hours": 36, "percent_back": 50},
    ]
    made = text(paper("AGREEMENT", cancellation=policy, terms="1. Bring it back.\n2. Dry."))
    for part in (
        "100 % of rent and tax come back with 7 days of notice.",
        "50 % of rent and tax come back with 36 hours of notice.",
        "1. Bring it back.",
        "Date, signature: Harbour Rentals",
        "Date, signature: Bob Builder",
    ):
        assert part in made, part


def test_what_a_late_return_costs_is_told_once_for_products_with_the_same_rule() -> None:
    hourly = {"amount_minor": 500, "per": "HOUR", "grace_minutes": 30, "cap_minor": 5000}
    daily = {"amount_minor": 900, "per": "DAY", "grace_minutes": 0, "cap_minor": 0}
    rules = [("Tent", hourly), ("Boat", daily), ("Stove", hourly)]
    late_fees = [{"text": text, "rule": rule} for text, rule in rules]
    made = squeezed(text(paper("AGREEMENT", late_fees=late_fees)))
    for part in (
        "Late return",
        "Tent, Stove: 5.00 EUR for each unit and started hour, nothing up to 30 min, at most 50.00"
        " EUR a unit.",
        "Boat: 9.00 EUR for each unit and started day.",
    ):
        assert squeezed(part) in made, part
    assert squeezed("Late return") not in squeezed(text(paper("AGREEMENT", late_fees=[])))


def test_an_invoice_says_what_was_paid_given_back_and_is_left() -> None:
    account = {
        "invoiced_minor": 11900,
        "deposit_minor": 5000,
        "movements": [
            {"on": "2027-05-12", "amount_minor": 16900},
            {"on": "2027-05-14", "amount_minor": -1000},
        ],
        "conceded_minor": 1000,
        "balance_minor": 0,
    }
    made = text(paper(account=account))
    for part in (
        "Deposit in our keeping",
        "Received on 12 May 2027",
        "-169.00 EUR",
        "Given back on 14 May 2027",
        "Given back as a courtesy",
        "Still to pay",
    ):
        assert part in made, part
    owed = text(paper(account={**account, "balance_minor": -2500}))
    assert "To be given back to you" in owed
    assert "25.00 EUR" in owed


def test_a_credit_note_names_the_invoice_that_it_takes_back() -> None:
    made = text(paper("CREDIT_NOTE", "INV-00007", corrects_issued_on="2027-05-12"))
    assert "This takes back invoice INV-00007 of 12 May 2027." in made


def test_a_receipt_has_payments_and_their_sum_and_no_lines() -> None:
    account = {
        "cost_minor": 11900,
        "deposit_minor": 0,
        "movements": [{"on": day, "amount_minor": 5950} for day in ("2027-05-12", "2027-05-14")],
        "conceded_minor": 0,
        "balance_minor": 0,
    }
    payments = [{"on": "2027-05-14", "amount_minor": 5950}]
    values = content(account=account, payments=payments, totals={"total_minor": 5950})
    del values["lines"]

    def receipt(*invoices: str) -> str:
        said = Paper("RECEIPT", "RCP-00001", AT, values | {"invoices": list(invoices)})
        return squeezed(text(said))

    made = receipt("INV-00001")
    for part in (
        "Receipt RCP-00001",
        "received for invoice INV-00001 of this order:",
        "Paid on 14 May 2027 59.50 EUR Received 59.50 EUR",
        "Price of this order 119.00 EUR",
        "Still to pay 0.00 EUR",
    ):
        assert squeezed(part) in made, part
    assert "Description" not in made
    assert squeezed("for invoices INV-00001, INV-00002 and INV-00004 of") in receipt(
        "INV-00001", "INV-00002", "INV-00004"
    )
    assert squeezed("received for this order:") in receipt()


@pytest.mark.parametrize(("currency", "shown"), [("JPY", "10000 JPY"), ("KWD", "10.000 KWD")])
def test_amounts_have_the_digits_of_their_currency(currency: str, shown: str) -> None:
    assert shown in text(paper(currency=currency))


def test_a_discount_stands_below_its_line() -> None:
    assert "Adjustment: -10.00 EUR" in text(paper(lines=[line(adjustment_minor=-1000)]))
