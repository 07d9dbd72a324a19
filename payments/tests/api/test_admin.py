"""The staff's pages for orders and money."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin as site
from django.contrib.admin.models import LogEntry
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
    PaymentGateway,
    PaymentNotification,
    PaymentSchedule,
    ProductDay,
    Refund,
    RentalOrder,
    Reservation,
    WebhookEvent,
)
from payments.services.journal import SYSTEM
from payments.services.orders import cancel_order
from payments.tests.api.support import paid_order, rows
from payments.tests.factories import START, make_gateway, place, place_with_checkout
from payments.tests.jobs import run_jobs
from payments.tests.sandbox import Sandbox

MODELS = sorted(
    (model for model in apps.get_app_config("payments").get_models() if model is not ProductDay),
    key=lambda model: model.__name__,
)
READ_ONLY = [model for model in MODELS if model is not PaymentGateway]
SECRETS = {
    "public_key": "pk_test_canary",
    "secret_key": "sk_test_canary",
    "webhook_secret": "whsec_canary",
}

pytestmark = pytest.mark.django_db


def logged_in(role: Role) -> Client:
    client = Client()
    client.force_login(make_user(role=role))
    return client


@pytest.fixture
def staff() -> Client:
    return logged_in(Role.STAFF)


@pytest.fixture
def admin() -> Client:
    return logged_in(Role.ADMIN)


def changelist(model: type[Model]) -> str:
    return reverse(f"admin:payments_{model._meta.model_name}_changelist")


def change(row: Any) -> str:
    return reverse(f"admin:payments_{row._meta.model_name}_change", args=[row.pk])


def act(client: Client, action: str, *chosen: Any, **more: str) -> str:
    """Run an action on the chosen rows; returns the page that comes back."""
    values = {"action": action, "_selected_action": [str(row.pk) for row in chosen], **more}
    answer = client.post(changelist(type(chosen[0])), values, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def one_of_each() -> dict[type[Model], Any]:
    """A row in every table."""
    gateway = make_gateway(**SECRETS)
    order = place(make_user("alice@example.com"), (make_product(name="Tent"), 2))
    payment = Payment.objects.get()
    Payment.objects.update(status="SUCCEEDED", captured_minor=payment.amount_minor)
    cancel_order(order_id=order.pk, actor=SYSTEM, now=START)
    PaymentSchedule.objects.create(
        order=order, sequence=1, due_on=START.date(), currency="EUR", amount_minor=100
    )
    WebhookEvent.objects.create(
        gateway=gateway,
        event_id="evt_1",
        event_type="charge.refunded",
        livemode=False,
        occurred_at=timezone.now(),
    )
    found = {model: model._default_manager.first() for model in MODELS}
    assert all(found.values()), found
    return found


def test_every_table_but_the_counters_has_a_page() -> None:
    registered = {model for model in site.site._registry if model._meta.app_label == "payments"}
    assert registered == set(MODELS)


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


def test_cancelling_asks_first(staff: Client) -> None:
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    before = rows()
    text = act(staff, "cancel", order)
    assert "This cannot be undone" in text
    assert order.order_number in text
    assert rows() == before


@pytest.mark.django_db(transaction=True)
def test_cancelling_in_the_admin_gives_everything_back(sandbox: Sandbox, staff: Client) -> None:
    make_gateway()
    order, payment = paid_order(sandbox, make_user(), (make_product(), 1))
    RentalOrder.objects.update(cancellation_policy=[])  # which would give a customer nothing
    text = act(staff, "cancel", order, confirmed="yes")
    assert "Orders cancelled: 1" in text
    run_jobs()
    order.refresh_from_db()
    assert order.status == "CANCELLED"
    assert Refund.objects.get().amount_minor == payment.amount_minor
    event = OrderEvent.objects.get(fact="order.cancelled")
    assert event.actor == "staff"
    assert event.user is not None
    assert event.user.role == Role.STAFF


def test_an_order_that_cannot_be_cancelled_does_not_stop_the_others(staff: Client) -> None:
    make_gateway()
    product = make_product()
    ended, open_order = (place(make_user(), (product, 1)) for _ in "12")
    cancel_order(order_id=ended.pk, actor=SYSTEM, now=START)
    text = act(staff, "cancel", ended, open_order, confirmed="yes")
    assert f"{ended.order_number}: The order is cancelled already." in text
    assert "Orders cancelled: 1" in text


def test_an_action_needs_the_csrf_token() -> None:
    """F10."""
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(role=Role.ADMIN))
    values = {"action": "cancel", "_selected_action": [str(order.pk)], "confirmed": "yes"}
    assert client.post(changelist(RentalOrder), values).status_code == 403
    order.refresh_from_db()
    assert order.status == "PENDING"


def test_a_flag_is_cleared_and_remembered(staff: Client) -> None:
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    RentalOrder.objects.update(attention="A refund failed.")
    assert (
        order.order_number
        in staff.get(changelist(RentalOrder), {"attention__isempty": "0"}).content.decode()
    )
    act(staff, "clear_attention", order)
    order.refresh_from_db()
    assert order.attention == ""
    assert OrderEvent.objects.get(fact="order.looked_at").data == {"why": "A refund failed."}


@pytest.mark.django_db(transaction=True)
def test_the_gateway_can_be_asked_at_once(sandbox: Sandbox, staff: Client) -> None:
    make_gateway()
    order, payment = place_with_checkout(make_user(), (make_product(), 1))
    sandbox.pay(payment.session_id)
    assert "Payments asked about: 1" in act(staff, "ask_gateway", payment)
    order.refresh_from_db()
    assert order.status == "CONFIRMED"


@pytest.mark.django_db(transaction=True)
def test_a_refund_can_be_sent_at_once(sandbox: Sandbox, staff: Client) -> None:
    make_gateway()
    order, _ = paid_order(sandbox, make_user(), (make_product(), 1))
    cancel_order(order_id=order.pk, actor=SYSTEM, now=START)
    act(staff, "send_now", Refund.objects.get())
    assert Refund.objects.get().status == "SUCCEEDED"


def test_a_dead_event_gets_all_its_tries_again(
    staff: Client, one_of_each: dict[type[Model], Any]
) -> None:
    """B12."""
    event = one_of_each[WebhookEvent]
    assert "Only a dead event can be tried again" in act(staff, "retry", event)
    WebhookEvent.objects.update(status="DEAD", attempts=12, next_attempt_at=None)
    before = rows()["jobs"]
    assert "Events queued again: 1" in act(staff, "retry", event)
    event.refresh_from_db()
    assert (event.status, event.attempts) == ("RECEIVED", 0)
    assert rows()["jobs"] == before + 1


def test_a_failed_message_is_sent_again(
    staff: Client, one_of_each: dict[type[Model], Any], mailoutbox: list[Any]
) -> None:
    message = PaymentNotification.objects.get(kind="order_cancelled")
    assert "Only a message that failed can be sent again" in act(staff, "send_again", message)
    PaymentNotification.objects.update(status="FAILED", attempts=12, next_attempt_at=None)
    act(staff, "send_again", message)
    message.refresh_from_db()
    assert (message.status, message.attempts) == ("PENDING", 0)


def gateway_form(**values: str) -> dict[str, str]:
    """What a browser sends for an unchanged gateway."""
    return {
        "name": "Stripe Payment Gateway",
        "gateway_type": "STRIPE",
        "is_active": "on",
        "is_test_mode": "on",
        "new_public_key": "",
        "new_secret_key": "",
        "new_webhook_secret": "",
        **values,
    }


def test_credentials_are_written_and_never_shown(admin: Client) -> None:
    """P2, P5: inputs are for passwords, empty, and mean no change when left empty."""
    gateway = make_gateway(**SECRETS)
    page = admin.get(change(gateway)).content.decode()
    assert page.count('type="password"') == 3
    assert "canary" not in page
    answer = admin.post(change(gateway), gateway_form(new_secret_key="sk_test_new"))
    assert answer.status_code == 302, answer.content.decode()
    gateway.refresh_from_db()
    assert (gateway.secret_key, gateway.webhook_secret) == ("sk_test_new", "whsec_canary")
    assert "sk_test_new" not in admin.get(change(gateway)).content.decode()
    assert "sk_test_new" not in json.dumps(list(LogEntry.objects.values()), default=str)
    assert "Secret key" in LogEntry.objects.get().change_message  # that it changed is remembered


def test_a_form_with_an_error_does_not_show_the_credentials_again(admin: Client) -> None:
    gateway = make_gateway()
    answer = admin.post(change(gateway), gateway_form(name="", new_secret_key="sk_test_canary"))
    assert answer.status_code == 200
    assert "canary" not in answer.content.decode()
    gateway.refresh_from_db()
    assert gateway.secret_key == ""


def test_a_gateway_is_added_in_the_admin(admin: Client) -> None:
    answer = admin.post(
        reverse("admin:payments_paymentgateway_add"), gateway_form(new_secret_key="sk_test_1")
    )
    assert answer.status_code == 302
    assert PaymentGateway.objects.get().secret_key == "sk_test_1"


def test_a_live_key_does_not_go_with_test_mode(admin: Client) -> None:
    """G03."""
    gateway = make_gateway()
    answer = admin.post(change(gateway), gateway_form(new_secret_key="sk_live_canary"))
    text = answer.content.decode()
    assert "This is a live key" in text
    assert "canary" not in text
    gateway.refresh_from_db()
    assert gateway.secret_key == ""


def test_two_gateways_of_a_type_cannot_be_active(admin: Client) -> None:
    make_gateway()
    second = make_gateway(name="Second", is_active=False)
    answer = admin.post(change(second), gateway_form(name="Second"))
    assert "Another gateway of this type is active" in answer.content.decode()
    second.refresh_from_db()
    assert not second.is_active


def test_staff_look_at_gateways_but_do_not_touch_them(staff: Client) -> None:
    gateway = make_gateway(**SECRETS)
    page = staff.get(change(gateway)).content.decode()
    assert "canary" not in page
    assert 'type="password"' not in page
    answer = staff.post(change(gateway), gateway_form(new_secret_key="sk_test_evil"))
    assert answer.status_code == 403
    assert staff.get(reverse("admin:payments_paymentgateway_add")).status_code == 403
    gateway.refresh_from_db()
    assert gateway.secret_key == "sk_test_canary"


def test_no_gateway_is_deleted(admin: Client) -> None:
    gateway = make_gateway()
    assert admin.get(change(gateway).replace("/change/", "/delete/")).status_code == 403
    act(admin, "delete_selected", gateway)
    assert PaymentGateway.objects.exists()
