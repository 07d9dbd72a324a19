"""/quotes/<token>/"""

from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from accounts.tests.factories import make_user
from catalog.models import KitPart
from catalog.tests.factories import make_product
from payments.models import OrderQuote, RentalOrder
from payments.services.drafts import make_draft, send_quote
from payments.services.journal import Actor
from payments.services.orders import Cart
from payments.services.quotes import CartLine
from payments.tests.factories import make_gateway, period
from payments.tests.sandbox import Sandbox
from storefront.tests.pages import signed_in, words

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def draft(transactional_db: None) -> RentalOrder:
    make_gateway()
    return make_draft(
        customer=make_user(name="Canary Person"),
        cart=Cart([CartLine(make_product(name="Tent", units=1).pk, 1)], period()),
        expires_at=timezone.now() + timedelta(days=3),
        staff=make_user(role=Role.STAFF),
    )


def sent(draft: RentalOrder) -> str:
    send_quote(order_id=draft.pk, actor=Actor.of(make_user(role=Role.STAFF)), now=timezone.now())
    return f"/quotes/{OrderQuote.objects.get(pk=draft.pk).token}/"


def test_whoever_has_the_link_sees_the_quote_and_nobody_else(draft: RentalOrder) -> None:
    page = f"/quotes/{draft.quote.token}/"
    assert Client().get(page).status_code == 404  # not sent yet
    assert sent(draft) == page
    shown = words(Client().get(page))
    assert "Tent" in shown
    assert "109.50" in shown
    assert "Sign in to accept" in shown
    assert "Canary" not in shown
    for token in ("invented", signing.dumps(str(draft.pk)), page.split("/")[2][:-1]):
        assert Client().get(f"/quotes/{token}/").status_code == 404


def test_its_customer_accepts_and_goes_on_to_pay(sandbox: Sandbox, draft: RentalOrder) -> None:
    page = sent(draft)
    assert Client().post(page)["Location"].startswith("/login/")
    assert signed_in(make_user()).post(page).status_code == 404
    answer = signed_in(draft.customer).post(page, {"accept": ""})
    payment = draft.payments.get()
    assert answer["Location"] == payment.checkout_url
    draft.refresh_from_db()
    assert draft.status == "PENDING"
    assert "not open any more" in words(Client().get(page))


def test_its_customer_declines(draft: RentalOrder) -> None:
    page = sent(draft)
    signed_in(draft.customer).post(page, {"decline": ""})
    draft.refresh_from_db()
    assert draft.status == "CANCELLED"


def test_past_its_end_it_cannot_be_accepted(draft: RentalOrder) -> None:
    page = sent(draft)
    OrderQuote.objects.update(expires_at=timezone.now())
    assert "not open any more" in words(Client().get(page))
    answer = signed_in(draft.customer).post(page, {"accept": ""}, follow=True)
    assert "This quote has expired" in answer.content.decode()


def test_a_customer_finds_the_quote_among_his_orders_once_it_was_sent(draft: RentalOrder) -> None:
    browser = signed_in(draft.customer)
    assert draft.order_number not in words(browser.get("/orders/"))
    page = sent(draft)
    assert draft.order_number in words(browser.get("/orders/"))
    order = browser.get(f"/orders/{draft.pk}/")
    assert "We have made you this offer" in words(order)
    assert "Quote sent" in words(order)
    assert f'href="{page}"' in order.content.decode()
    OrderQuote.objects.update(expires_at=timezone.now())
    assert "offer" not in words(browser.get(f"/orders/{draft.pk}/"))


def test_what_a_kit_is_made_of_is_told(draft: RentalOrder) -> None:
    kit = make_product(name="Camp", units=0)
    KitPart.objects.create(kit=kit, part=make_product(name="Chair", units=4), quantity=4)
    camp = make_draft(
        customer=draft.customer,
        cart=Cart([CartLine(kit.pk, 1)], period()),
        expires_at=timezone.now() + timedelta(days=3),
        staff=make_user(role=Role.STAFF),
    )
    assert "each 4 × Chair" in words(Client().get(sent(camp)))
    assert "each 4 × Chair" in words(signed_in(draft.customer).get(f"/orders/{camp.pk}/"))


def test_a_deposit_that_will_be_held_on_the_card_is_told_before(draft: RentalOrder) -> None:
    """D4: it is not in the sum to pay."""
    RentalOrder.objects.update(deposit_strategy="HOLD")
    shown = words(Client().get(sent(draft)))
    assert "Deposit of 50.00 EUR: held on your card around the rental" in shown
