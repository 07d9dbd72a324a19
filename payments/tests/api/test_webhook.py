"""POST /payments/stripe/webhook/: what is let in. What events do is in tests/services."""

import json
import time
from typing import Any
from uuid import uuid4

import pytest
import stripe
from django.test import Client

from payments.models import PaymentGateway, WebhookEvent
from payments.tests.api.support import refusal, rows
from payments.tests.factories import make_gateway
from payments.tests.sandbox import Sandbox, signed

URL = "/payments/stripe/webhook/"
SECRET = Sandbox.WEBHOOK_SECRET

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def gateway(settings: Any) -> PaymentGateway:
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    return make_gateway()


def event(**overrides: Any) -> dict[str, Any]:
    """A Stripe event that means something to us."""
    return {
        "id": f"evt_{uuid4().hex}",
        "object": "event",
        "api_version": stripe.api_version,
        "type": "payment_intent.succeeded",
        "created": int(time.time()),
        "livemode": False,
        "data": {
            "object": {
                "id": "pi_1",
                "object": "payment_intent",
                "status": "succeeded",
                "amount_received": 100,
                "currency": "eur",
                "metadata": {},
            }
        },
        **overrides,
    }


def send(body: bytes, header: str | None, path: str = URL) -> Any:
    headers = {} if header is None else {"Stripe-Signature": header}
    return Client().post(path, body, content_type="application/json", headers=headers)


def encoded(**overrides: Any) -> bytes:
    return json.dumps(event(**overrides)).encode()


def test_a_signed_event_is_stored_and_answered_at_once() -> None:
    wanted = event()
    body = json.dumps(wanted).encode()
    answer = send(body, signed(body))
    assert answer.status_code == 200
    assert answer.json() == {"success": True, "message": "Event received", "data": None}
    row = WebhookEvent.objects.get()
    assert (row.event_id, row.status) == (wanted["id"], "RECEIVED")


def test_the_same_event_again_is_answered_the_same_and_stored_once() -> None:
    """B01, at the door."""
    body = encoded()
    first, again = (send(body, signed(body)) for _ in "12")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert WebhookEvent.objects.count() == 1


def test_the_body_is_not_kept() -> None:
    """P2: it may hold what customers typed."""
    payload = event()["data"]["object"] | {"receipt_email": "canary@example.com"}
    body = encoded(data={"object": payload})
    assert send(body, signed(body)).status_code == 200
    stored = WebhookEvent.objects.values().get()
    assert "canary" not in json.dumps(stored, default=str)


NOW = str(int(time.time()))
BROKEN_HEADERS = {
    "no header": None,
    "empty": "",
    "nonsense": "hello",
    "only a time": f"t={NOW}",
    "no time": "v1=" + "0" * 64,
    "two times": f"t=1,t={NOW},v1=" + "0" * 64,
    "time is no number": "t=now,v1=" + "0" * 64,
    "time of full-width digits": "t=\uff11\uff12,v1=" + "0" * 64,
    "endless time": f"t={'9' * 5000},v1=" + "0" * 64,
    "non-ASCII signature": f"t={NOW},v1=\xe4\xf6\xfc",
    "empty signature": f"t={NOW},v1=",
    "no signature": f"t={NOW},v1",
    "very long": f"t={NOW}," + ",".join(["v1=" + "0" * 64] * 500),
}


@pytest.mark.parametrize("header", BROKEN_HEADERS.values(), ids=BROKEN_HEADERS)
def test_a_broken_signature_is_refused(header: str | None) -> None:
    """B05: the SDK raises TypeError for some of these."""
    before = rows()
    refusal(send(encoded(), header), 400, "invalid_signature")
    assert rows() == before


def test_only_an_older_scheme_is_refused() -> None:
    """B05: v0 is for Stripe's own tests."""
    body = encoded()
    refusal(send(body, signed(body).replace("v1=", "v0=")), 400, "invalid_signature")


def test_a_signature_by_another_secret_or_of_another_body_is_refused() -> None:
    """B05."""
    body = encoded()
    refusal(send(body, signed(body, "whsec_of_somebody_else")), 400, "invalid_signature")
    refusal(send(body + b" ", signed(body)), 400, "invalid_signature")
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"[1, 2]",
        b"null",
        b'"evt"',
        b"{}",
        b"{",
        b'{"id": "evt_1"}',
        b'{"id": "evt_1", "type": "x", "data": []}',
        b'{"id": "evt_1", "type": "x", "data": {"object": "ch_1"}}',
        b'{"id": "evt_1", "type": "x", "data": {"object": null}}',
    ],
    ids=repr,
)
def test_a_signed_body_that_is_no_event_is_refused(body: bytes) -> None:
    """B05: for a signed array the SDK raises AttributeError."""
    refusal(send(body, signed(body)), 400, "invalid_signature")
    assert not WebhookEvent.objects.exists()


def test_a_body_of_invalid_text_is_refused() -> None:
    """B05."""
    body = b'{"id": "\xff\xfe"}'
    refusal(send(body, f"t={NOW},v1=" + "0" * 64), 400, "invalid_signature")


ODD_EVENTS: dict[str, dict[str, Any]] = {
    "created is a text": {"created": "yesterday"},
    "created is far away": {"created": 10**18},
    "no livemode": {"livemode": None},
    "id is too long": {"id": "evt_" + "x" * 300},
    "id is a number": {"id": 5},
    "id has a NUL": {"id": "evt_\0"},
    "type has a NUL": {"type": "\0"},
    "type is a list": {"type": ["charge.refunded"]},
    "amount is a text": {
        "data": {"object": {**event()["data"]["object"], "amount_received": "lots"}}
    },
    "currency is a number": {"data": {"object": {**event()["data"]["object"], "currency": 5}}},
    "object id has a NUL": {"data": {"object": {**event()["data"]["object"], "id": "pi_\0"}}},
    "half of a surrogate pair": {"id": "evt_\ud800"},
}


@pytest.mark.parametrize("overrides", ODD_EVENTS.values(), ids=ODD_EVENTS)
def test_a_signed_event_of_odd_values_is_never_our_error(overrides: dict[str, Any]) -> None:
    """B05, B09."""
    body = encoded(**overrides)
    assert send(body, signed(body)).status_code in (200, 400)


@pytest.mark.parametrize("shift", [-301, 302, 365 * 24 * 3600])
def test_a_replay_and_a_time_ahead_are_refused(shift: int) -> None:
    """B06: the SDK itself takes any time ahead."""
    body = encoded()
    header = signed(body, at=int(time.time()) + shift)
    refusal(send(body, header), 400, "invalid_signature")
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize("shift", [-290, 290])
def test_clocks_may_differ_by_five_minutes(shift: int) -> None:
    """B06."""
    body = encoded()
    assert send(body, signed(body, at=int(time.time()) + shift)).status_code == 200


@pytest.mark.parametrize("secret", ["", " ", ",", " , "])
def test_without_a_secret_nothing_is_accepted_and_stripe_comes_again(
    settings: Any, secret: str
) -> None:
    """B07: neither is an empty secret one that anybody could sign with."""
    settings.STRIPE_WEBHOOK_SECRET = secret
    body = encoded()
    for header in (signed(body), signed(body, ""), signed(body, " "), None):
        answer = send(body, header)
        refusal(answer, 503, "unavailable")
        assert "Retry-After" in answer
    assert not WebhookEvent.objects.exists()


def test_while_a_secret_is_rolled_both_are_good(settings: Any) -> None:
    """B08."""
    settings.STRIPE_WEBHOOK_SECRET = f"whsec_old, {SECRET}"
    for secret in ("whsec_old", SECRET):
        body = encoded()
        assert send(body, signed(body, secret)).status_code == 200
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    body = encoded()
    refusal(send(body, signed(body, "whsec_old")), 400, "invalid_signature")


def test_one_of_several_signatures_is_enough() -> None:
    """B08: while Stripe rolls, it signs with both secrets in one header."""
    body = encoded()
    ours, other = signed(body), signed(body, "whsec_new")
    both = f"{other},{ours.split(',', 1)[1]}"
    assert send(body, both).status_code == 200


def test_the_secret_of_the_gateway_goes_before_the_environment(gateway: PaymentGateway) -> None:
    gateway.webhook_secret = "whsec_of_the_row"
    gateway.save()
    body = encoded()
    refusal(send(body, signed(body)), 400, "invalid_signature")
    assert send(body, signed(body, "whsec_of_the_row")).status_code == 200


def test_an_event_of_the_other_mode_is_stored_as_ignored() -> None:
    """B09, I24."""
    body = encoded(livemode=True)
    assert send(body, signed(body)).status_code == 200
    assert WebhookEvent.objects.get().status == "IGNORED"


@pytest.mark.parametrize("name", ["paypal", "unknown", "x" * 500])
def test_an_unknown_gateway_is_not_found(name: str) -> None:
    body = encoded()
    refusal(send(body, signed(body), f"/payments/{name}/webhook/"), 404, "not_found")


def test_an_inactive_gateway_is_not_found() -> None:
    PaymentGateway.objects.update(is_active=False)
    body = encoded()
    refusal(send(body, signed(body)), 404, "not_found")


def test_a_body_of_five_megabytes_is_refused() -> None:
    """F13."""
    body = b'{"x": "' + b"a" * 5_000_000 + b'"}'
    refusal(send(body, signed(body)), 413, "too_large")


def test_only_post_is_answered() -> None:
    for method in ("get", "put", "patch", "delete"):
        refusal(getattr(Client(), method)(URL), 405, "method_not_allowed")


def test_neither_a_csrf_token_nor_a_login_is_asked_for() -> None:
    body = encoded()
    client = Client(enforce_csrf_checks=True)
    answer = client.post(
        URL,
        body,
        content_type="application/json",
        headers={"Stripe-Signature": signed(body), "Authorization": "Bearer junk"},
    )
    assert answer.status_code == 200
