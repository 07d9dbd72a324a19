"""POST /payments/rental-orders/draft/, and /send_quote/, /accept_quote/ of a draft"""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import Role, User
from accounts.tests.factories import make_user
from catalog.models import Product
from catalog.tests.factories import make_product
from payments.models import OrderQuote, Payment, RentalOrder
from payments.services.sweep import sweep
from payments.tests.api.returns import post
from payments.tests.api.support import data, refusal
from payments.tests.factories import api_client, cart_body, make_gateway, place_paid
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import quiet, work
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/payments/rental-orders/draft/"


@pytest.fixture
def staff(transactional_db: None) -> User:
    return make_user(role=Role.STAFF)


@pytest.fixture
def tent(transactional_db: None) -> Product:
    return make_product(name="Tent", units=1)


def body(product: Product, customer: User, **more: Any) -> dict[str, Any]:
    expires_at = (timezone.now() + timedelta(days=3)).isoformat()
    email = customer.email.upper()
    return cart_body((product, 1)) | {"customer_email": email, "expires_at": expires_at} | more


def drafted(staff: User, product: Product, customer: User, **more: Any) -> RentalOrder:
    made = api_client(staff).post(URL, body(product, customer, **more), format="json")
    return RentalOrder.objects.get(pk=data(made, 201)["id"])


def test_a_quote_is_drafted_sent_and_accepted_at_its_price(
    sandbox: Sandbox, staff: User, tent: Product
) -> None:
    """D1, D3.5: what was quoted is what is paid, though the catalog has changed since."""
    make_gateway()
    customer = make_user()
    adjustments = [{"product_id": str(tent.pk), "percent": "-10", "reason": "Our thanks"}]
    order = drafted(staff, tent, customer, adjustments=adjustments)
    assert (order.status, order.customer, order.rent_minor) == ("DRAFT", customer, 4500)
    assert not order.reservations.filter(is_active=True).exists()
    refusal(post(customer, order, "accept_quote"), 404, "not_found")  # not sent yet
    data(post(staff, order, "send_quote"))
    work()
    assert f"/quotes/{order.quote.token}/" in mail.outbox[-1].body
    tent.price_tiers.update(amount_minor=9999)
    placed = data(post(customer, order, "accept_quote"))
    assert placed["total_amount"] == "103.55"
    order.refresh_from_db()
    assert order.status == "PENDING"
    assert order.reservations.get().is_active
    sandbox.pay(placed["session_id"])
    quiet()
    order.refresh_from_db()
    assert order.status == "CONFIRMED"
    assert_books(sandbox)


def test_a_draft_is_edited_freely_and_holds_no_units(staff: User, tent: Product) -> None:
    make_gateway()
    order = drafted(staff, tent, make_user())
    place_paid(make_user(), (tent, 1))  # somebody else may have the only one
    lines = [{"product_id": str(make_product(units=3).pk), "quantity": 2}]
    shown = data(post(staff, order, "change", cart_items=lines, pay_later=False))
    assert (shown["status"], shown["total_amount"]) == ("APPLIED", "219.00")
    order.refresh_from_db()
    assert (order.status, order.total_minor) == ("DRAFT", 11900)
    assert not order.reservations.filter(is_active=True).exists()
    assert_books(at_rest=False)
    assert "quote" not in str([message.subject for message in mail.outbox])


def by_hand(product: Product, **terms: str) -> list[dict[str, str]]:
    return [{"product_id": str(product.pk), "reason": "Our thanks", **terms}]


def test_what_was_agreed_by_hand_stays_when_the_draft_is_changed(
    staff: User, tent: Product
) -> None:
    """D3.3, D3.5: a discount is of what is rented now; an amount is an amount."""
    make_gateway()
    tent.price_tiers.update(amount_minor=2500)
    day = (timezone.now() + timedelta(days=60)).replace(microsecond=0)
    for terms, rent in (({"percent": "-10"}, 9000), ({"amount": "-5.00"}, 9500)):
        order = drafted(staff, tent, make_user(), adjustments=by_hand(tent, **terms))
        dates = {"rental_start_date": day, "rental_end_date": day + timedelta(days=4)}
        data(post(staff, order, "change", **{name: at.isoformat() for name, at in dates.items()}))
        order.refresh_from_db()
        assert order.rent_minor == rent
        assert "Our thanks" in order.items.get().explanation


def test_staff_change_the_price_alone(staff: User, tent: Product) -> None:
    make_gateway()
    order = drafted(staff, tent, make_user())
    data(post(staff, order, "change", adjustments=by_hand(tent, amount="-1.50")))
    order.refresh_from_db()
    assert order.rent_minor == 5000 - 150
    answer = post(staff, order, "change", adjustments=by_hand(tent, amount="-1.505"))
    refusal(answer, 400, "invalid")


def test_a_customer_changes_no_price(staff: User, tent: Product) -> None:
    make_gateway()
    order = place_paid(make_user(), (tent, 1))
    answer = post(order.customer, order, "change", adjustments=by_hand(tent, percent="-99"))
    refusal(answer, 403, "not_permitted")


def test_an_adjustment_is_a_percentage_or_an_amount(staff: User, tent: Product) -> None:
    for terms in ({}, {"percent": "-1", "amount": "-1.00"}, {"amount": "1e3"}):
        wrong = body(tent, make_user(), adjustments=by_hand(tent, **terms))
        refusal(api_client(staff).post(URL, wrong, format="json"), 400, "invalid")


def test_an_adjustment_that_would_do_nothing_is_refused(staff: User, tent: Product) -> None:
    """D7: a misspelled id, a product twice, and more than there is were accepted and lost."""
    other, once = make_product(), by_hand(tent, percent="-10")
    for wrong in (by_hand(other, percent="-10"), once + once, by_hand(tent, percent="-101")):
        answer = api_client(staff).post(
            URL, body(tent, make_user(), adjustments=wrong), format="json"
        )
        assert "adjustments" in refusal(answer, 400, "invalid")["errors"]
    order = drafted(staff, tent, make_user())
    answer = post(staff, order, "change", adjustments=by_hand(other, percent="-10"))
    assert "adjustments" in refusal(answer, 400, "invalid")["errors"]


def test_the_link_and_its_end_are_told_with_the_order(staff: User, tent: Product) -> None:
    make_gateway()
    order = drafted(staff, tent, make_user())
    told = data(post(staff, order, "send_quote"))["quote"]
    assert told["url"].endswith(f"/quotes/{order.quote.token}/")
    assert told["expires_at"] > told["sent_at"]
    seen = api_client(order.customer).get(f"/payments/rental-orders/{order.pk}/")
    assert data(seen)["quote"] == told
    bought = place_paid(make_user(), (make_product(), 1))
    assert data(api_client(staff).get(f"/payments/rental-orders/{bought.pk}/"))["quote"] is None


def test_accepted_again_it_is_the_same_checkout(
    sandbox: Sandbox, staff: User, tent: Product
) -> None:
    """No answer came, or a 503: the customer asks again, and nothing is charged twice."""
    make_gateway()
    order = drafted(staff, tent, make_user())
    data(post(staff, order, "send_quote"))
    sandbox.fault(kind="refuse", method="POST", path="/v1/checkout/sessions", times=2)
    refusal(post(order.customer, order, "accept_quote"), 503, "gateway_unavailable")
    first = data(post(order.customer, order, "accept_quote"))
    assert data(post(order.customer, order, "accept_quote")) == first
    assert first["checkout_url"]
    assert Payment.objects.filter(order=order).count() == 1


def test_nothing_is_drafted_for_a_time_that_has_passed(staff: User, tent: Product) -> None:
    """Nobody could accept it: mostly a slip in the year."""
    past = timezone.now() - timedelta(days=365)
    wrong = body(tent, make_user(), rental_start_date=past.isoformat())
    wrong["rental_end_date"] = (past + timedelta(days=2)).isoformat()
    answer = refusal(api_client(staff).post(URL, wrong, format="json"), 400, "invalid")
    assert answer["errors"] == {"rental_start_date": ["Must be in the future."]}


def test_units_that_went_meanwhile_are_refused(staff: User, tent: Product) -> None:
    make_gateway()
    customer = make_user()
    order = drafted(staff, tent, customer)
    data(post(staff, order, "send_quote"))
    place_paid(make_user(), (tent, 1))
    refusal(post(customer, order, "accept_quote"), 409, "out_of_stock")
    order.refresh_from_db()
    assert order.status == "DRAFT"
    assert not Payment.objects.filter(order=order).exists()


def test_a_quote_expires_by_itself(staff: User, tent: Product) -> None:
    customer = make_user()
    order = drafted(staff, tent, customer)
    data(post(staff, order, "send_quote"))
    OrderQuote.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    refusal(post(customer, order, "accept_quote"), 409, "quote_expired")
    sweep()
    work()
    order.refresh_from_db()
    assert order.status == "CANCELLED"
    assert_books()


def test_only_its_customer_sees_and_accepts_it(staff: User, tent: Product) -> None:
    customer = make_user()
    order = drafted(staff, tent, customer)
    mine = "/payments/rental-orders/my_orders/"
    assert api_client(customer).get(mine).json()["data"] == []
    data(post(staff, order, "send_quote"))
    [row] = api_client(customer).get(mine).json()["data"]
    assert row["status"] == "DRAFT"
    refusal(post(make_user(), order, "accept_quote"), 404, "not_found")
    refusal(post(staff, order, "accept_quote"), 403, "not_permitted")
    refusal(post(customer, order, "extend", rental_end_date=row["rental_end_date"]), 400, "invalid")
    assert post(customer, order, "cancel_order").status_code == 200  # that is to decline it


def test_a_draft_needs_an_account_and_an_end(staff: User, tent: Product) -> None:
    nobody = User(email="nobody@example.com")
    answer = api_client(staff).post(URL, body(tent, nobody), format="json")
    assert "customer_email" in refusal(answer, 400, "invalid")["errors"]
    past = (timezone.now() - timedelta(days=1)).isoformat()
    answer = api_client(staff).post(URL, body(tent, make_user(), expires_at=past), format="json")
    assert "expires_at" in refusal(answer, 400, "invalid")["errors"]
    refusal(
        api_client(make_user()).post(URL, body(tent, make_user()), format="json"),
        403,
        "not_permitted",
    )


def test_a_key_drafts_once(staff: User, tent: Product) -> None:
    asked = body(tent, make_user())
    made = [
        data(
            api_client(staff).post(URL, asked, format="json", headers={"Idempotency-Key": "key-1"}),
            201,
        )
        for _ in range(2)
    ]
    assert made[0]["id"] == made[1]["id"]
    assert RentalOrder.objects.count() == 1
