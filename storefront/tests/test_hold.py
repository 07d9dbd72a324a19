"""/orders/<id>/hold/ : a customer has his deposit held that the bank refused without him."""

import pytest

from payments.services.holds import deposit_status
from payments.tests.sandbox import Sandbox
from payments.tests.services.hold_support import ASKS_ITS_OWNER, held, held_later, pay_page
from storefront.tests.pages import signed_in, words

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_order_s_page_leads_to_the_bank(sandbox: Sandbox) -> None:
    order, _ = held(sandbox, ASKS_ITS_OWNER)
    client, page = signed_in(order.customer), f"/orders/{order.pk}/"
    assert "does not let us hold the deposit of 50.00 EUR" in words(client.get(page))
    answer = client.post(f"{page}hold/")
    session = order.payments.latest("created_at")
    assert (answer.status_code, answer["Location"]) == (302, session.checkout_url)
    pay_page(sandbox, session.session_id, ASKS_ITS_OWNER)
    assert deposit_status(order) == "HELD"
    assert "The deposit of 50.00 EUR is held on your card." in words(client.get(page))


def test_where_nothing_has_to_be_done_the_page_says_so(sandbox: Sandbox) -> None:
    order = held_later(sandbox)
    client, page = signed_in(order.customer), f"/orders/{order.pk}/"
    assert "is held on your card shortly before the pickup" in words(client.get(page))
    shown = words(client.post(f"{page}hold/", follow=True))
    assert "Nothing has to be done for the deposit of this order." in shown
