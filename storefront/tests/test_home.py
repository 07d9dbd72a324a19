"""/ : everything the shop rents out."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.tests.factories import make_user
from catalog.tests.factories import make_category, make_product
from storefront.tests.pages import signed_in, words
from storefront.views.home import PRODUCTS_PER_PAGE

pytestmark = pytest.mark.django_db


def test_products_stand_in_their_categories_with_their_lowest_price(client: Client) -> None:
    boats = make_category(name="Boats", slug="boats", position=2)
    bikes = make_category(name="Bikes", slug="bikes", position=1)
    make_product(name="Canoe", slug="canoe", category=boats, tiers=[("HOUR", 3, 2000)])
    make_product(
        name="Racer", slug="racer", category=bikes, tiers=[("WEEK", 1, 9000), ("DAY", 1, 2500)]
    )
    response = client.get("/")
    assert "Bikes Racer from 25.00 EUR / 1 day Boats Canoe from 20.00 EUR / 3 hours" in words(
        response
    )
    assert b'href="/products/canoe/"' in response.content


def test_withdrawn_products_and_their_empty_categories_are_not_shown(client: Client) -> None:
    make_product(name="Sold", category=make_category(name="Gone"), is_active=False)
    page = words(client.get("/"))
    assert "Sold" not in page
    assert "Gone" not in page
    assert "nothing to rent yet" in page


def test_a_search_finds_by_word_and_keeps_it_in_the_field(client: Client) -> None:
    make_product(name="Canoe")
    make_product(name="Racer")
    response = client.get("/", {"search": "cano"})
    assert "Canoe" in words(response)
    assert "Racer" not in words(response)
    assert b'value="cano"' in response.content


def test_a_category_narrows_the_list(client: Client) -> None:
    make_product(name="Canoe", category=make_category(name="Boats", slug="boats"))
    make_product(name="Racer")
    assert "Canoe" in words(client.get("/", {"category": "boats"}))
    assert "Racer" not in words(client.get("/", {"category": "boats"}))


@pytest.mark.parametrize("search", ["zebra", "a\0b", "x" * 101, "<script>alert(1)</script>"])
def test_a_search_without_result_offers_the_way_back(client: Client, search: str) -> None:
    make_product(name="Canoe")
    response = client.get("/", {"search": search})
    assert response.status_code == 200
    assert "Show everything" in words(response)
    assert b"<script>" not in response.content


def test_many_products_come_in_pages(client: Client) -> None:
    category = make_category()
    for number in range(PRODUCTS_PER_PAGE + 1):
        make_product(category=category, name=f"Thing {number:03}")
    assert "Page 1 of 2" in words(client.get("/"))
    last = words(client.get("/", {"page": "2"}))
    assert f"Thing {PRODUCTS_PER_PAGE:03}" in last
    assert "Thing 000" not in last
    assert "Page 2 of 2" in words(client.get("/", {"page": "999"}))


def test_more_products_ask_no_more_of_the_database(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        make_product()
    with django_assert_num_queries(5):  # count, products, tiers, parts, categories
        client.get("/")


def test_only_staff_are_shown_the_way_to_the_admin() -> None:
    assert b'href="/admin/"' not in Client().get("/").content
    assert b'href="/admin/"' not in signed_in(make_user()).get("/").content
    assert b'href="/admin/"' in signed_in(make_user(role="STAFF")).get("/").content


def test_a_page_needs_no_script_and_no_inline_style(client: Client) -> None:
    make_product()
    page = client.get("/").content
    assert b"<script" not in page
    assert b"style=" not in page
    assert b"<style" not in page
