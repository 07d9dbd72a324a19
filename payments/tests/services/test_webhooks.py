"""Events of a gateway: early, absent, foreign, delayed, poisonous (B03, B04, B09, B10, B12)."""

from copy import deepcopy
from functools import partial
from time import monotonic, sleep

import pytest
from django.core import mail
from django.test import Client

from catalog.tests.factories import make_product
from payments.domain.retry import MAX_ATTEMPTS
from payments.models import Payment, RentalOrder, WebhookEvent
from payments.models.work import LeaseLost
from payments.services import orders
from payments.services.checkout import open_checkout
from payments.services.sweep import sweep
from payments.services.webhooks import apply_event
from payments.tests.factories import make_gateway, make_user, placed
from payments.tests.races.books import assert_books
from payments.tests.races.quiet import everything_falls_due, leases_end, quiet, work
from payments.tests.sandbox import Sandbox, deliver_all
from payments.tests.services.support import Event, event_of, late_answer, paid_order

pytestmark = pytest.mark.django_db(transaction=True)


def status(order: RentalOrder) -> str:
    order.refresh_from_db()
    return order.status


def test_an_event_that_comes_before_our_record_of_the_session_is_not_lost(
    sandbox: Sandbox,
) -> None:
    """B03: Stripe is slow to answer; the customer has paid and the event is here first."""
    make_gateway()
    done = placed(make_user(), [(make_product(), 1)], None, "")
    with late_answer("open_checkout", lambda: open_checkout(*_parts(done))) as opened:
        session = _only_session(sandbox)
        sandbox.pay(session["id"])
        deliver_all(Client(), sandbox.events())
        work()
        assert (status(done.order), opened) == ("CONFIRMED", [])
    payment = Payment.objects.get()
    assert opened == [payment]
    assert (payment.session_id, payment.status) == (session["id"], "SUCCEEDED")
    assert payment.checkout_url == session["url"]
    quiet()
    assert_books(sandbox)


def _parts(done: orders.Placed) -> tuple[RentalOrder, Payment | None]:
    return done.order, done.new_payment


def _only_session(sandbox: Sandbox) -> Event:
    deadline = monotonic() + 30
    while not (found := sandbox.get("/v1/checkout/sessions")["data"]):
        assert monotonic() < deadline
        sleep(0.02)
    session: Event = found[0]
    return session


def test_without_any_webhook_a_paid_order_is_confirmed_by_asking(sandbox: Sandbox) -> None:
    """B04."""
    make_gateway()
    order, _, _ = paid_order(sandbox)
    assert status(order) == "PENDING"
    quiet()
    assert status(order) == "CONFIRMED"
    assert len(mail.outbox) == 1
    assert_books(sandbox)


def test_an_event_of_the_other_mode_changes_nothing(sandbox: Sandbox) -> None:
    """B09, I24: live money does not pay a test order."""
    make_gateway()
    order, _, events = paid_order(sandbox)
    deliver_all(Client(), [event | {"livemode": True} for event in events])
    work()
    assert status(order) == "PENDING"
    assert set(WebhookEvent.objects.values_list("status", flat=True)) == {"IGNORED"}


@pytest.mark.parametrize("event_type", ["customer.created", "payment_intent.created", "x.y.z"])
def test_an_event_that_says_nothing_to_us_is_kept_and_ignored(
    sandbox: Sandbox, event_type: str
) -> None:
    """B09."""
    make_gateway()
    order, _, events = paid_order(sandbox)
    deliver_all(Client(), [events[-1] | {"type": event_type}])
    assert work() == []
    assert status(order) == "PENDING"
    assert WebhookEvent.objects.get().status == "IGNORED"


@pytest.mark.parametrize("event_type", ["checkout.session.completed", "payment_intent.succeeded"])
def test_an_event_of_another_api_version_makes_us_fetch_the_object(
    sandbox: Sandbox, event_type: str
) -> None:
    """B09: the shape of its payload is not ours to guess."""
    make_gateway()
    order, _, events = paid_order(sandbox)
    event = deepcopy(event_of(events, event_type)) | {"api_version": "2019-12-03"}
    event["data"]["object"] = {"id": event["data"]["object"]["id"]}
    deliver_all(Client(), [event])
    work()
    assert status(order) == "CONFIRMED"
    assert_books(sandbox)


def delayed(events: list[Event], *event_types: str) -> list[Event]:
    """A delayed method's story: complete but unpaid, and days later how it ended."""
    completed = event_of(events, "checkout.session.completed")
    story = []
    for number, event_type in enumerate(("checkout.session.completed", *event_types)):
        event = deepcopy(completed) | {"id": f"evt_{number}", "type": event_type}
        event["data"]["object"]["payment_status"] = "unpaid" if number == 0 else "paid"
        story.append(event)
    return story


def test_a_delayed_payment_confirms_only_when_the_money_is_there(sandbox: Sandbox) -> None:
    """B10, D6.3: `completed` is not `paid`."""
    make_gateway()
    order, payment, events = paid_order(sandbox)
    first, second = delayed(events, "checkout.session.async_payment_succeeded")
    deliver_all(Client(), [first])
    work()
    assert status(order) == "PENDING"
    payment.refresh_from_db()
    assert payment.status == "PROCESSING"
    deliver_all(Client(), [second])
    work()
    assert status(order) == "CONFIRMED"
    assert_books(sandbox)


def test_a_delayed_payment_that_fails_gives_the_units_back(sandbox: Sandbox) -> None:
    """B10."""
    make_gateway()
    order, payment, events = paid_order(sandbox)
    first, second = delayed(events, "checkout.session.async_payment_failed")
    deliver_all(Client(), [first, second])
    work()
    payment.refresh_from_db()
    assert (status(order), payment.status) == ("EXPIRED", "FAILED")
    assert not order.reservations.filter(is_active=True).exists()
    assert_books()


def test_a_delayed_payment_that_fails_is_told_to_the_customer_once(sandbox: Sandbox) -> None:
    """B10, I23: the session and the intent both tell of it, and both twice."""
    make_gateway()
    order, _, events = paid_order(sandbox)
    first, second = delayed(events, "checkout.session.async_payment_failed")
    refused = deepcopy(event_of(events, "payment_intent.succeeded"))
    refused |= {"id": "evt_refused", "type": "payment_intent.payment_failed"}
    refused["data"]["object"] |= {
        "status": "requires_payment_method",
        "last_payment_error": {"code": "payment_method_bank_debit_refused", "charge": "py_1"},
    }
    for told in ([first], [refused], [second], [second | {"id": "evt_again"}, refused]):
        deliver_all(Client(), told)
        work()
    assert status(order) == "EXPIRED"
    (letter,) = mail.outbox
    assert letter.subject == f"The payment for your order {order.order_number} has failed"
    assert "order again" in letter.body


def test_the_news_of_a_delayed_failure_does_not_undo_a_success(sandbox: Sandbox) -> None:
    """B02, B10: told in the wrong order, money that arrived wins."""
    make_gateway()
    order, _, events = paid_order(sandbox)
    told = delayed(
        events,
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
    )
    deliver_all(Client(), told)
    work()
    assert status(order) == "CONFIRMED"


def test_a_worker_that_lost_its_event_to_another_applies_nothing(sandbox: Sandbox) -> None:
    """I14, E09: what an event does and the mark that it was done commit together, or neither."""
    make_gateway()
    order, _, events = paid_order(sandbox)
    old = {**event_of(events, "checkout.session.completed"), "api_version": "2019-12-03"}
    deliver_all(Client(), [old])
    event = WebhookEvent.objects.get()
    with late_answer("fetch_object", partial(apply_event, event.pk)) as slow:
        leases_end()
        apply_event(event.pk)
    assert [type(error) for error in slow] == [LeaseLost]
    row = WebhookEvent.objects.get()
    assert (row.status, row.apply_count, row.attempts) == ("APPLIED", 1, 2)
    quiet()
    assert status(order) == "CONFIRMED"
    assert_books(sandbox)


def test_a_poison_event_ends_dead_and_holds_up_nobody(sandbox: Sandbox) -> None:
    """B12: it is tried a bounded number of times; its order gets right without it."""
    make_gateway()
    order, _, events = paid_order(sandbox)
    poison = deepcopy(event_of(events, "payment_intent.succeeded"))
    poison |= {"id": "evt_poison", "api_version": "2019-12-03"}
    poison["data"]["object"]["id"] = "pi_unheard_of"
    deliver_all(Client(), [poison, event_of(events, "checkout.session.completed")])
    for _ in range(MAX_ATTEMPTS + 2):
        work()
        leases_end()
        everything_falls_due()
        sweep()
    row = WebhookEvent.objects.get(event_id="evt_poison")
    assert (row.status, row.attempts, row.next_attempt_at) == ("DEAD", MAX_ATTEMPTS, None)
    assert row.last_error == "GatewayRefused"
    assert status(order) == "CONFIRMED"
    assert_books(sandbox)
