"""The staff's pages for orders and money."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin as site
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import (
    OrderEvent,
    Payment,
    PaymentNotification,
    Refund,
    RentalOrder,
    Reservation,
)
from payments.services.journal import SYSTEM
from payments.services.orders import cancel_order
from payments.tests.api.admin_support import (
    MODELS,
    READ_ONLY,
    act,
    change,
    changelist,
    logged_in,
    make_one_of_each,
)
from payments.tests.factories import START, make_gateway, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    return logged_in(Role.STAFF)


@pytest.fixture
def admin() -> Client:
    return logged_in(Role.ADMIN)


@pytest.fixture
def one_of_each() -> dict[type[Model], Any]:
    return make_one_of_each()


def test_every_table_but_the_counters_has_a_page() -> None:
    registered = {model for model in site.site._registry if model._meta.app_label == "payments"}
    assert registered == set(MODELS)


def test_the_pages_carry_the_shop_s_name(client: Client, settings: Any) -> None:
    assert settings.SHOP_NAME in client.get("/admin/login/").content.decode()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
@pytest.mark.parametrize("role", [Role.STAFF, Role.ADMIN])
def test_lists_and_rows_are_shown_to_staff_without_any_secret(
    one_of_each: dict[type[Model], Any], model: type[Model], role: Role
) -> None:
    client = logged_in(role)
    for path in (
        changelist(model),
        f"{changelist(model)}?q=canary",
        change(one_of_each[model]),
        f"{change(one_of_each[model])[: -len('change/')]}history/",
    ):
        page = client.get(path)
        assert page.status_code == 200, path
        text = page.content.decode().replace('value="canary"', "")  # the search box
        text = text.replace("q=canary", "")
        assert "_canary" not in text, path


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_filter_of_a_list_works(
    admin: Client, one_of_each: dict[type[Model], Any], model: type[Model]
) -> None:
    page = admin.get(changelist(model))
    changes = page.context["cl"]
    links = [
        choice["query_string"] for spec in changes.filter_specs for choice in spec.choices(changes)
    ]
    year = timezone.now().year
    hierarchy = [f"?{changes.date_hierarchy}__year={year}"] if changes.date_hierarchy else []
    for link in [*links, *hierarchy]:
        assert admin.get(changelist(model) + link).status_code == 200, link


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model.__name__)
def test_money_and_its_history_are_read_only_even_for_administrators(
    admin: Client, one_of_each: dict[type[Model], Any], model: type[Model]
) -> None:
    """F10."""
    row = one_of_each[model]
    before = model._default_manager.filter(pk=row.pk).values().get()
    page = admin.get(change(row)).content.decode()
    assert 'name="_save"' not in page
    assert admin.post(change(row), {"status": "CONFIRMED", "amount_minor": "1"}).status_code == 403
    assert admin.get(change(row).replace("/change/", "/delete/")).status_code == 403
    assert admin.get(reverse(f"admin:payments_{model._meta.model_name}_add")).status_code == 403
    act(admin, "delete_selected", row)
    assert model._default_manager.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_customers_stay_out(one_of_each: dict[type[Model], Any], model: type[Model]) -> None:
    client = Client()
    client.force_login(User.objects.get(email="alice@example.com"))
    for path in (changelist(model), change(one_of_each[model])):
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")


@pytest.mark.parametrize(
    "model",
    [RentalOrder, Payment, Refund, OrderEvent, Reservation, PaymentNotification],
    ids=lambda model: model.__name__,
)
def test_a_long_list_takes_the_same_queries(
    admin: Client, model: type[Model], django_assert_max_num_queries: Any
) -> None:
    make_gateway()
    for days in range(1, 13):
        customer = make_user()
        order = place(customer, (make_product(), 1))
        Payment.objects.filter(order=order).update(status="SUCCEEDED", captured_minor=13450 - 2500)
        cancel_order(order_id=order.pk, actor=SYSTEM, now=START - timedelta(days=days))
    with django_assert_max_num_queries(14):
        assert admin.get(changelist(model)).status_code == 200


def test_an_order_is_found_by_number_and_customer(admin: Client) -> None:
    make_gateway()
    order = place(make_user("anna@example.com", name="Anna"), (make_product(), 1))
    other = place(make_user("bert@example.com"), (make_product(), 1))
    for words in (order.order_number, "anna@example", "Anna"):
        page = admin.get(changelist(RentalOrder), {"q": words}).content.decode()
        assert order.order_number in page
        assert other.order_number not in page
    assert "134.50 EUR" not in page
    assert "109.50 EUR" in page  # 50.00 rent, 9.50 tax, 50.00 deposit


def test_the_page_of_an_order_shows_its_lines_money_and_history(
    admin: Client, one_of_each: dict[type[Model], Any]
) -> None:
    text = admin.get(change(one_of_each[RentalOrder])).content.decode()
    for part in ("Tent", "alice@example.com", "219.00 EUR", "order.cancelled", "refund.asked"):
        assert part in text
