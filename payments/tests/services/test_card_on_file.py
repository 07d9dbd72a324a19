"""D4: nothing is held; the card is charged for what the shop claims, without its owner."""

import pytest

from accounts.models import Role
from payments.models import Payment, RentalOrder
from payments.services.hold_facts import CARD_REFUSED
from payments.services.holds import deposit_status
from payments.tests.api.returns import bring_back, claim, post
from payments.tests.api.support import data
from payments.tests.factories import make_user
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import quiet
from payments.tests.sandbox import PAYS, Sandbox
from payments.tests.services.hold_support import ASKS_ITS_OWNER, balance, held_later, intents
from payments.tests.services.support import again

pytestmark = pytest.mark.django_db(transaction=True)


def settled(sandbox: Sandbox, card: str = PAYS) -> tuple[RentalOrder, Payment]:
    """Returned, 30.00 EUR claimed, and the deposit settled."""
    order = held_later(sandbox, card, "CARD_ON_FILE")
    staff = make_user(role=Role.STAFF)
    claim(staff, bring_back(staff, order), "30.00")
    data(post(staff, order, "settle_deposit"))
    quiet()
    return again(order), order.payments.get(kind="FEE")


def test_the_card_is_saved_and_nothing_is_held(sandbox: Sandbox) -> None:
    order = held_later(sandbox, strategy="CARD_ON_FILE")
    assert order.payments.get().method_ref
    quiet()
    assert (intents(sandbox), deposit_status(order)) == ([], "ON_FILE")
    assert_books(sandbox)


def test_a_claim_is_charged_to_it(sandbox: Sandbox) -> None:
    order, charge = settled(sandbox)
    assert (charge.status, charge.captured_minor) == ("SUCCEEDED", 3000)
    intent = sandbox.get(f"/v1/payment_intents/{charge.intent_id}")
    assert (intent["amount_received"], intent["capture_method"]) == (3000, "automatic")
    assert (order.status, deposit_status(order)) == ("COMPLETED", "CAPTURED")
    assert (balance(order, "customer"), balance(order, "damage")) == (0, -3000)
    assert_books(sandbox)


def test_a_card_that_refuses_leaves_a_debt_and_flags_the_order(sandbox: Sandbox) -> None:
    order, charge = settled(sandbox, ASKS_ITS_OWNER)
    assert (charge.status, charge.last_error) == ("FAILED", "authentication_required")
    assert (order.status, order.attention) == ("RETURNED", CARD_REFUSED)
    assert balance(order, "customer") == 3000
    quiet()
    assert order.payments.filter(kind="FEE").count() == 1  # it is not asked again by itself
    assert_books(sandbox)
