"""What the tests of several endpoints ask for."""

import json
from typing import Any

from django.apps import apps
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from catalog.models import Product
from payments.models import Payment, RentalOrder
from payments.services.pursuit import pursue_payment
from payments.tests.factories import place_with_checkout
from payments.tests.jobs import run_jobs
from payments.tests.sandbox import Sandbox


def rows() -> dict[str, int]:
    """How many rows each table of ours holds; equal before and after means nothing was written."""
    counts = {
        model.__name__: model._default_manager.count()
        for model in apps.get_app_config("payments").get_models()
    }
    return {**counts, "jobs": ProcrastinateJob.objects.count()}


def refusal(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The body of a refusal, after checking that it is the envelope and nothing else."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"].startswith("application/json"), answer.content
    body: dict[str, Any] = json.loads(answer.content)
    assert set(body) == {"success", "message", "code", "errors", "request_id"}
    assert (body["success"], body["code"]) == (False, code), body
    assert body["request_id"] == answer["X-Request-ID"]
    assert body["message"].endswith((".", "!", "?", "…"))
    return body


def data(answer: Any, status: int = 200) -> Any:
    """The `data` of a success, after checking the envelope."""
    assert answer.status_code == status, answer.content
    body = json.loads(answer.content)
    assert body["success"] is True
    assert body["message"]
    return body["data"]


def paid_order(
    sandbox: Sandbox, customer: User, *lines: tuple[Product, int]
) -> tuple[RentalOrder, Payment]:
    """A confirmed order, paid at the sandbox and settled by asking it."""
    order, payment = place_with_checkout(customer, *lines)
    sandbox.pay(payment.session_id)
    pursue_payment(payment.pk)
    run_jobs()
    order.refresh_from_db()
    payment.refresh_from_db()
    assert order.status == "CONFIRMED"
    return order, payment
