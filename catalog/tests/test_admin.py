from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from catalog.models import Category, PriceRule, Product
from catalog.tests.factories import make_category, make_product

pytestmark = pytest.mark.django_db

PRODUCTS = "/admin/catalog/product/"


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_user("staff@example.com", role="STAFF"))
    return client


# What else the page edits, and a new tent has none of.
OTHERS = ["quantity_discounts", "price_rules", "supply_changes", "parts"]


def form(category: Category, **values: Any) -> dict[str, Any]:
    """What a browser sends for a new tent with one price."""
    return {
        "name": "Tent",
        "slug": "tent",
        "category": str(category.pk),
        "description": "Dry.",
        "is_active": "on",
        "units": "3",
        "currency": "EUR",
        "deposit": "50.00",
        "tax_rate": "0.19",
        "prep_time": "00:30:00",
        "turnaround_time": "04:00:00",
        "min_duration": "1 00:00:00",
        "max_duration": "42 00:00:00",
        "late_fee": "0.00",
        "late_fee_unit": "HOUR",
        "late_grace": "00:30:00",
        "late_cap": "0.00",
        "price_tiers-TOTAL_FORMS": "1",
        "price_tiers-INITIAL_FORMS": "0",
        "price_tiers-0-unit": "DAY",
        "price_tiers-0-length": "1",
        "price_tiers-0-amount": "25.00",
        **{f"{name}-{count}_FORMS": "0" for name in OTHERS for count in ("TOTAL", "INITIAL")},
    } | values


def post(client: Client, values: dict[str, Any], path: str = "add/") -> str:
    """The page that came back, or nothing when the product was saved."""
    answer = client.post(PRODUCTS + path, values)
    return "" if answer.status_code == 302 else answer.content.decode()


def test_staff_add_a_product_with_amounts_as_people_write_them(staff: Client) -> None:
    assert post(staff, form(make_category())) == ""
    product = Product.objects.get()
    assert product.deposit_minor == 5000
    assert [tier.amount_minor for tier in product.price_tiers.all()] == [2500]


def test_amounts_follow_the_currency_that_is_being_saved(staff: Client) -> None:
    values = {"currency": "JPY", "deposit": "5000", "price_tiers-0-amount": "2500"}
    assert post(staff, form(make_category(), **values)) == ""
    product = Product.objects.get()
    assert product.deposit_minor == 5000
    assert product.price_tiers.get().amount_minor == 2500


@pytest.mark.parametrize(("typed", "minor"), [("", None), ("0", 0), ("5.00", 500)])
def test_a_late_fee_is_the_product_s_none_or_when_empty_the_shop_s(
    staff: Client, typed: str, minor: int | None
) -> None:
    assert post(staff, form(make_category(), late_fee=typed, late_cap="")) == ""
    product = Product.objects.get()
    assert (product.late_fee_minor, product.late_cap_minor) == (minor, 0)
    page = staff.get(f"{PRODUCTS}{product.pk}/change/").context["adminform"].form
    assert page.initial.get("late_fee") == (Decimal(typed) if typed else None)


def test_staff_change_a_product_and_its_price(staff: Client) -> None:
    product = make_product()
    tier = product.price_tiers.get()
    path = f"{product.pk}/change/"
    page = staff.get(PRODUCTS + path).content.decode()
    assert 'value="50.00"' in page
    assert 'value="25.00"' in page
    existing = {
        "price_tiers-INITIAL_FORMS": "1",
        "price_tiers-0-id": str(tier.pk),
        "price_tiers-0-product": str(product.pk),
        "price_tiers-0-amount": "30.50",
    }
    assert post(staff, form(product.category, deposit="75", **existing), path) == ""
    product.refresh_from_db()
    tier.refresh_from_db()
    assert product.deposit_minor == 7500
    assert tier.amount_minor == 3050


def test_the_currency_is_chosen_once(staff: Client) -> None:
    product = make_product()
    existing = {
        "price_tiers-INITIAL_FORMS": "1",
        "price_tiers-0-id": str(product.price_tiers.get().pk),
        "price_tiers-0-product": str(product.pk),
    }
    values = form(product.category, currency="JPY", **existing)
    assert post(staff, values, f"{product.pk}/change/") == ""
    product.refresh_from_db()
    assert product.currency == "EUR"
    assert product.deposit_minor == 5000


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"deposit": "-1"}, "greater than or equal to 0"),
        ({"deposit": "1.001"}, "EUR has 2 digits after the point"),
        ({"deposit": "1000000"}, "The amount is too large"),
        ({"deposit": "NaN"}, "Enter a number"),
        ({"tax_rate": "19"}, "before the decimal point"),
        ({"tax_rate": "1.5"}, "0.19 is 19 percent"),
        ({"currency": "euro"}, "at most 3 characters"),
        ({"currency": "eur"}, "three-letter code"),
        ({"max_duration": "400 00:00:00"}, "366 days"),
        ({"min_duration": "00:00:30"}, "whole minutes"),
        ({"price_tiers-0-amount": "0"}, "greater than or equal to"),
        ({"price_tiers-0-amount": "9999999"}, "The amount is too large"),
        ({"price_tiers-0-amount": "1.234"}, "EUR has 2 digits after the point"),
        ({"price_tiers-0-length": "0"}, "between 1 and 366"),
        ({"price_tiers-TOTAL_FORMS": "0"}, "submit at least 1 form"),
    ],
    ids=str,
)
def test_a_mistake_is_explained_and_nothing_is_saved(
    staff: Client, values: dict[str, str], complaint: str
) -> None:
    assert complaint in post(staff, form(make_category(), **values))
    assert not Product.objects.exists()


def test_staff_add_discounts_and_rules_with_the_product(staff: Client) -> None:
    added = {
        "quantity_discounts-TOTAL_FORMS": "1",
        "quantity_discounts-0-min_quantity": "5",
        "quantity_discounts-0-percent": "10",
        "price_rules-TOTAL_FORMS": "1",
        "price_rules-0-name": "Weekend",
        "price_rules-0-percent": "-12.5",
        "price_rules-0-weekdays": ["6", "7"],
        "price_rules-0-is_active": "on",
    }
    assert post(staff, form(make_category(), **added)) == ""
    product = Product.objects.get()
    assert [str(row) for row in product.quantity_discounts.all()] == ["10 % off from 5 units"]
    [rule] = product.price_rules.all()
    assert (rule.weekdays, str(rule.percent)) == ([6, 7], "-12.50")


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({}, "Choose a season, weekdays, or both."),
        ({"weekdays": ["8"]}, "Select a valid choice"),
        ({"weekdays": ["1"], "percent": "0"}, "and not 0"),
        ({"weekdays": ["1"], "percent": "501"}, "between -90 and 500"),
        ({"first_on": "2027-06-01"}, "A season needs a first day and a last day"),
        ({"first_on": "2027-06-02", "last_on": "2027-06-01"}, "A season needs"),
        ({"weekdays": ["1"], "every_year": "on"}, "A season needs"),
    ],
    ids=str,
)
def test_a_rule_without_days_or_with_strange_ones_is_explained(
    staff: Client, values: dict[str, Any], complaint: str
) -> None:
    sent = {"name": "Rule", "percent": "10", "is_active": "on"} | values
    page = staff.post("/admin/catalog/pricerule/add/", sent)
    assert complaint in page.content.decode()
    assert not PriceRule.objects.exists()


def test_the_list_of_rules_says_when_and_for_what(staff: Client) -> None:
    PriceRule.objects.create(
        name="Summer weekends",
        percent=20,
        first_on="2027-06-01",
        last_on="2027-08-31",
        every_year=True,
        weekdays=[7, 6],
        category=make_category(name="Boats"),
    )
    page = staff.get("/admin/catalog/pricerule/").content.decode()
    assert "Jun 1 – Aug 31 every year, Saturday, Sunday" in page
    assert "Boats" in page


def test_a_picture_is_stored_as_our_own_encoding(
    staff: Client, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    content = BytesIO()
    Image.new("RGB", (30, 30)).save(content, "PNG")
    upload = SimpleUploadedFile("../evil.html", content.getvalue(), "text/html")
    assert post(staff, form(make_category(), image=upload)) == ""
    stored = Product.objects.get().image
    assert Path(stored.path).parent == tmp_path / "products"
    assert "evil" not in stored.path
    assert Image.open(stored.path).format == "WEBP"


def test_a_script_in_the_clothes_of_a_picture_is_refused(
    staff: Client, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    upload = SimpleUploadedFile("a.png", svg, "image/png")
    assert "Upload a JPEG, PNG or WebP picture." in post(staff, form(make_category(), image=upload))
    assert not list(tmp_path.iterdir())


def test_the_list_shows_prices_and_can_be_searched(staff: Client) -> None:
    make_product(name="Big tent", tiers=[("DAY", 3, 4200)])
    make_product(name="Canoe")
    page = staff.get(PRODUCTS, {"q": "tent"}).content.decode()
    assert "3 × day: 42.00 EUR" in page
    assert "50.00 EUR" in page
    assert "Canoe" not in page


def test_the_list_takes_the_same_queries_for_any_number_of_products(
    staff: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(15):
        make_product()
    with django_assert_max_num_queries(12):
        assert staff.get(PRODUCTS).status_code == 200


def test_the_categories_show_how_many_products_they_hold(staff: Client) -> None:
    category = make_category(name="Boats")
    for _ in range(7):
        make_product(category=category)
    page = staff.get("/admin/catalog/category/")
    assert page.status_code == 200
    assert page.context["cl"].result_list[0].product_count == 7


def test_a_customer_has_no_business_in_the_admin(client: Client) -> None:
    client.force_login(get_user_model().objects.create_user("alice@example.com"))
    assert client.get(PRODUCTS).status_code == 302
    assert post(client, form(make_category())) == ""
    assert not Product.objects.exists()
