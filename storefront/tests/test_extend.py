"""/orders/<id>/extend/"""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.domain.changes import ChangeKind
from payments.domain.errors import GatewayUnavailable
from payments.models import OrderChange, RentalOrder
from payments.services.change_plans import Wanted
from payments.services.changes import change_order
from payments.services.journal import Actor
from payments.tests.api.support import paid_order
from payments.tests.factories import make_gateway, period, place_paid, place_with_checkout
from payments.tests.races.quiet import quiet
from payments.tests.sandbox import Sandbox
from storefront.tests.pages import BERLIN, signed_in, wall, words

pytestmark = pytest.mark.django_db(transaction=True)

LATER = wall(period().end + timedelta(days=1))


@pytest.fixture
def order(sandbox: Sandbox) -> RentalOrder:
    make_gateway()
    made, _ = paid_order(sandbox, make_user(), (make_product(name="Tent", units=2), 1))
    return made


def test_the_price_is_shown_and_then_paid(order: RentalOrder) -> None:
    client, page = signed_in(order.customer), f"/orders/{order.pk}/extend/"
    assert "Bring it back later" in words(client.get(f"/orders/{order.pk}/"))
    shown = words(client.get(page, {"end": LATER}))
    assert "To pay now" in shown
    assert "29.75" in shown
    answer = client.post(page, {"end": LATER, "total": 13925})
    change = OrderChange.objects.select_related("payment").get()
    assert change.payment is not None
    assert answer["Location"] == change.payment.checkout_url
    assert "waits for your payment" in words(client.get(f"/orders/{order.pk}/"))


def test_the_next_day_is_proposed(order: RentalOrder) -> None:
    page = signed_in(order.customer).get(f"/orders/{order.pk}/extend/")
    assert f'value="{LATER}"' in page.content.decode()


def test_whoever_is_late_is_proposed_a_day_that_is_ahead(order: RentalOrder) -> None:
    end = timezone.now() - timedelta(hours=49)
    RentalOrder.objects.filter(pk=order.pk).update(
        rental_start_date=end - timedelta(days=2), rental_end_date=end
    )
    page = signed_in(order.customer).get(f"/orders/{order.pk}/extend/")
    ahead = end.astimezone(BERLIN) + timedelta(days=3)  # the same hour on the shop's clock
    assert f'value="{wall(ahead)}"' in page.content.decode()


def test_a_change_that_is_not_wanted_any_more_is_withdrawn(order: RentalOrder) -> None:
    client, page = signed_in(order.customer), f"/orders/{order.pk}/extend/"
    client.post(page, {"end": LATER})
    for shown in (client.get(page), client.get(f"/orders/{order.pk}/")):
        assert "Withdraw it" in words(shown)
    answer = client.post(page, {"withdraw": ""}, follow=True)
    assert "Your order stays as it is." in answer.content.decode()
    assert OrderChange.objects.get().status == "CANCELLED"
    again = client.post(page, {"withdraw": ""}, follow=True)
    assert "No change of this order waits" in again.content.decode()


def test_an_order_that_nobody_has_paid_is_changed_and_paid_whole(sandbox: Sandbox) -> None:
    make_gateway()
    order, first = place_with_checkout(make_user(), (make_product(name="Tent"), 1))
    client, page = signed_in(order.customer), f"/orders/{order.pk}/extend/"
    assert "Bring it back later" in words(client.get(f"/orders/{order.pk}/"))
    shown = words(client.get(page, {"end": LATER}))
    assert "To pay now 139.25 EUR" in shown
    assert "You pay it on a new page" in shown
    answer = client.post(page, {"end": LATER, "total": 13925})
    second = order.payments.latest("created_at")
    assert second.checkout_url != first.checkout_url
    assert answer["Location"] == second.checkout_url
    sandbox.pay(second.session_id)
    quiet()
    assert "Confirmed" in words(client.get(f"/orders/{order.pk}/"))


def test_while_the_old_page_is_being_closed_the_order_says_so(sandbox: Sandbox) -> None:
    make_gateway()
    order, _ = place_with_checkout(make_user(), (make_product(), 1))
    sandbox.fault(kind="refuse", path="/v1/checkout/sessions/*")
    with pytest.raises(GatewayUnavailable):
        change_order(
            order_id=order.pk,
            wanted=Wanted(ChangeKind.EXTEND, end=period(3).end),
            actor=Actor.of(order.customer),
            now=timezone.now(),
        )
    shown = words(signed_in(order.customer).get(f"/orders/{order.pk}/"))
    assert "its old payment page is being closed" in shown
    assert "Withdraw it" not in shown


def test_another_price_than_was_shown_is_not_taken(order: RentalOrder) -> None:
    client, page = signed_in(order.customer), f"/orders/{order.pk}/extend/"
    answer = client.post(page, {"end": LATER, "total": 13900}, follow=True)
    assert "The price has changed since you saw it." in answer.content.decode()
    assert not OrderChange.objects.exists()


def test_what_is_promised_to_others_is_said_without_their_names(order: RentalOrder) -> None:
    tent = order.items.get().product
    other = place_paid(make_user(), (tent, 2), when=period(2, start=period().end))
    shown = words(signed_in(order.customer).get(f"/orders/{order.pk}/extend/", {"end": LATER}))
    assert "Only 0 of 2 units of Tent are free" in shown
    assert other.order_number not in shown


def test_a_return_that_is_no_later_is_refused(order: RentalOrder) -> None:
    end = wall(order.rental_end_date)
    shown = words(signed_in(order.customer).get(f"/orders/{order.pk}/extend/", {"end": end}))
    assert "Must be later than it is now." in shown
