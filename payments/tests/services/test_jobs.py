"""Jobs live and die with the transaction that wants them (R17)."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.contrib.django.utils import connector_params

from catalog.tests.factories import make_product
from payments.models import PaymentNotification, RentalOrder
from payments.services.jobs import enqueue, enqueue_once
from payments.services.sweep import BATCH, sweep
from payments.tests.factories import make_gateway, make_user, place
from payments.tests.races.quiet import (
    everything_falls_due,
    hold_ends,
    leases_end,
    rolled_back,
    work,
)

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def as_in_a_worker() -> Iterator[None]:
    """Procrastinate's own connections instead of Django's, as `manage.py procrastinate worker`."""
    with app.replace_connector(PsycopgConnector(**connector_params())):
        yield


def jobs() -> list[str]:
    return list(ProcrastinateJob.objects.filter(status="todo").values_list("task_name", flat=True))


def ask_for_a_refund() -> None:
    enqueue("send_refund", refund_id="r")


def test_a_transaction_that_rolls_back_leaves_no_job() -> None:
    rolled_back(ask_for_a_refund)
    assert jobs() == []


def test_nor_does_it_in_a_worker_which_has_other_connections() -> None:
    with as_in_a_worker():
        rolled_back(ask_for_a_refund)
        assert jobs() == []
        with transaction.atomic():
            ask_for_a_refund()
        assert jobs() == ["payments.send_refund"]


def test_a_job_that_waits_is_not_queued_again_and_one_that_ran_is() -> None:
    assert enqueue_once("send_notification", "n", notification_id="0" * 32)
    assert not enqueue_once("send_notification", "n", notification_id="0" * 32)
    assert enqueue_once("send_notification", "m", notification_id="0" * 32)
    assert len(jobs()) == 2
    work()
    assert enqueue_once("send_notification", "n", notification_id="0" * 32)


def test_while_no_worker_works_the_sweeper_does_not_heap_up_jobs() -> None:
    """E07: a thing that is due has one job that waits, however often the sweeper comes round."""
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    hold_ends(order)
    leases_end()
    everything_falls_due()
    assert sweep() == 1
    assert jobs() == ["payments.pursue_payment"]
    assert sweep() == 0
    assert len(jobs()) == 1


def test_a_thing_that_is_stuck_does_not_hold_up_the_others() -> None:
    """E07: of more than one batch of due things, chance decides which are first."""
    make_gateway()
    order = place(make_user(), (make_product(), 1))
    PaymentNotification.objects.bulk_create(
        PaymentNotification(
            order=order,
            recipient=order.customer,
            kind="order_confirmed",
            dedupe_key=str(n),
            next_attempt_at=order.created_at,
        )
        for n in range(BATCH + 100)
    )
    assert sweep() == BATCH
    for _ in range(12):
        sweep()
    assert len(jobs()) > BATCH + 50
    assert RentalOrder.objects.count() == 1
