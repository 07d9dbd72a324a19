"""Messages to customers: each fact once, to the right one, none that is outrun (D11, I23, I26)."""

import re

import pytest
from django.conf import LazySettings
from django.core import mail
from django.db import transaction
from django.utils import timezone

from catalog.tests.factories import make_product
from payments.domain.retry import MAX_ATTEMPTS
from payments.domain.states import OrderStatus
from payments.models import PaymentNotification, RentalOrder
from payments.services import orders
from payments.services.journal import SYSTEM, record
from payments.services.lifecycle import lock_order, transition
from payments.services.notifications import send_notification
from payments.tests.factories import make_gateway, make_user, place
from payments.tests.races.parallel import answers, together
from payments.tests.races.quiet import quiet, rolled_back, work
from payments.tests.sandbox import free_port
from payments.tests.services.smtp_sink import mail_server

pytestmark = pytest.mark.django_db(transaction=True)

SMTP = "django.core.mail.backends.smtp.EmailBackend"


def confirmed() -> RentalOrder:
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    with transaction.atomic():
        transition(lock_order(order.pk), OrderStatus.CONFIRMED, actor=SYSTEM)
    return order


def the_notice() -> PaymentNotification:
    return PaymentNotification.objects.get()


def message_ids(letters: list[str]) -> list[str]:
    return [re.findall(r"^Message-ID: (.*)\r$", letter, re.M)[0] for letter in letters]


def test_a_confirmation_goes_to_the_orders_customer_once_however_often_the_job_runs() -> None:
    order = confirmed()
    notice = the_notice()
    answers(together([lambda: send_notification(notice.pk)] * 6))
    work()
    quiet()
    letter = mail.outbox[0]
    assert len(mail.outbox) == 1
    assert letter.to == [order.customer.email]
    assert order.order_number in letter.subject
    assert "109.50" in letter.body
    assert the_notice().status == "SENT"


def test_while_the_mail_server_is_down_the_message_waits_and_nothing_else_does(
    settings: LazySettings,
) -> None:
    """D11."""
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "127.0.0.1"
    settings.EMAIL_PORT = free_port()
    order = confirmed()
    assert work() == []
    waiting = the_notice()
    assert (waiting.status, waiting.last_error) == ("PENDING", "ConnectionRefusedError")
    assert waiting.next_attempt_at is not None
    assert waiting.next_attempt_at > timezone.now()
    order.refresh_from_db()
    assert order.status == "CONFIRMED"
    with mail_server() as server:
        settings.EMAIL_PORT = server.port
        quiet()
        assert message_ids(server.letters) == [f"<{waiting.pk}@localhost>"]
    assert the_notice().status == "SENT"


def test_a_message_that_may_have_arrived_is_repeated_under_the_same_id(
    settings: LazySettings,
) -> None:
    """D11: the server took it and hung up before it said so; the receiver can tell the repeat."""
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "127.0.0.1"
    confirmed()
    with mail_server() as server:
        settings.EMAIL_PORT = server.port
        server.hangs_up_after_data = True
        work()
        assert the_notice().status == "PENDING"
        server.hangs_up_after_data = False
        quiet()
        assert len(server.letters) == 2
        assert len(set(message_ids(server.letters))) == 1
    assert the_notice().status == "SENT"


def test_a_message_is_given_up_after_its_tries_and_then_waits_for_a_person(
    settings: LazySettings,
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "127.0.0.1"
    settings.EMAIL_PORT = free_port()
    confirmed()
    PaymentNotification.objects.update(attempts=MAX_ATTEMPTS - 1)
    work()
    given_up = the_notice()
    assert (given_up.status, given_up.next_attempt_at) == ("FAILED", None)
    quiet()
    assert the_notice().attempts == MAX_ATTEMPTS


def test_a_message_that_cannot_be_rendered_is_put_off_and_not_tried_for_ever() -> None:
    """B12, for messages."""
    order = confirmed()
    PaymentNotification.objects.update(kind="of_a_later_release")
    assert work() == []
    assert (the_notice().status, the_notice().last_error) == ("PENDING", "KeyError")
    assert order.order_number


def test_nobody_hears_that_an_order_is_confirmed_after_he_cancelled_it() -> None:
    """D11: the confirmation was still waiting when the cancellation came."""
    order = confirmed()
    orders.cancel_order(order_id=order.pk, actor=SYSTEM, now=timezone.now())
    quiet()
    assert [letter.subject for letter in mail.outbox] == [
        f"Your order {order.order_number} is cancelled"
    ]
    kinds = dict(PaymentNotification.objects.values_list("kind", "status"))
    assert kinds == {"order_confirmed": "CANCELLED", "order_cancelled": "SENT"}


def test_the_same_fact_twice_is_one_message() -> None:
    """I23."""
    order = confirmed()
    with transaction.atomic():
        record(order, "order.confirmed", SYSTEM)
    assert work() == []
    assert len(mail.outbox) == 1


def test_a_transaction_that_rolls_back_sends_nothing() -> None:
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    rolled_back(lambda: transition(lock_order(order.pk), OrderStatus.CONFIRMED, actor=SYSTEM))
    quiet()
    assert mail.outbox == []
