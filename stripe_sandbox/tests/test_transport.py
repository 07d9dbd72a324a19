"""stripe.md, "Transport"."""

from __future__ import annotations

import threading

import pytest
import stripe

from stripe_sandbox import API_VERSION

from .support import Running, until, wish


def test_without_a_key_nothing_is_answered(sandbox: Running) -> None:
    answer = sandbox.api("GET", "/v1/charges", key="")
    assert answer.status == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("key", ["sk_live_1", "nonsense", "pk_test_1", "sk_test_"])
def test_a_key_that_is_no_secret_test_key_is_refused(sandbox: Running, key: str) -> None:
    assert sandbox.api("GET", "/v1/charges", key=key).status == 401


def test_the_key_may_come_as_user_of_basic_auth(sandbox: Running) -> None:
    answer = sandbox.api("GET", "/v1/charges", key="", Authorization="Basic c2tfdGVzdF8xOg==")
    assert answer.status == 200


def test_an_unknown_path_is_a_404_in_stripes_form(sandbox: Running) -> None:
    answer = sandbox.api("GET", "/v1/nothing")
    assert answer.status == 404
    assert "Unrecognized request URL (GET: /v1/nothing)" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/checkout/sessions/cs_test_no",
        "/v1/payment_intents/pi_no",
        "/v1/charges/ch_no",
        "/v1/refunds/re_no",
        "/v1/customers/cus_no",
        "/v1/payment_methods/pm_no",
        "/v1/events/evt_no",
    ],
)
def test_an_unknown_id_is_missing(sandbox: Running, path: str) -> None:
    answer = sandbox.api("GET", path)
    assert (answer.status, answer.json()["error"]["code"]) == (404, "resource_missing")


def test_every_answer_has_a_request_id_and_the_version(sandbox: Running) -> None:
    for answer in (sandbox.api("GET", "/v1/charges"), sandbox.api("GET", "/v1/nothing")):
        assert answer.headers["request-id"].startswith("req_")
        assert answer.headers["stripe-version"] == API_VERSION


def test_the_sdk_and_the_sandbox_agree_on_the_version(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    response = client.v1.charges.list().last_response
    assert response is not None
    assert response.headers["stripe-version"] == API_VERSION


@pytest.mark.parametrize(
    "form",
    ["a[b]=1&a=2", "=1", "a[[[=1", "metadata=x", "line_items=3", "line_items[x]=3", "%ff=%ff",
     "expand[]=", "metadata[" + "a][" * 50 + "]=1", "line_items[" + "9" * 5000 + "]=1"],
)  # fmt: skip
def test_a_mangled_form_is_a_400(sandbox: Running, form: str) -> None:
    assert sandbox.api("POST", "/v1/checkout/sessions", form).status == 400


def test_a_repeated_key_replays_the_first_answer(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    first = client.v1.checkout.sessions.create(wish(), {"idempotency_key": "k"})
    sandbox.pay(first.id)
    again = client.v1.checkout.sessions.create(wish(), {"idempotency_key": "k"})
    assert (again.id, again.status) == (first.id, "open")
    assert again.last_response is not None
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert [call["replayed"] for call in sandbox.calls(idempotency_key="k")] == [False, True]


def test_a_key_used_for_something_else_is_refused(client: stripe.StripeClient) -> None:
    client.v1.checkout.sessions.create(wish(), {"idempotency_key": "k"})
    with pytest.raises(stripe.IdempotencyError) as refusal:
        client.v1.checkout.sessions.create(
            wish(client_reference_id="other"), {"idempotency_key": "k"}
        )
    assert refusal.value.http_status == 400


def test_nothing_is_kept_when_the_parameters_were_wrong(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.create(wish(success_url="x"), {"idempotency_key": "k"})
    assert client.v1.checkout.sessions.create(wish(), {"idempotency_key": "k"}).status == "open"


def test_a_decline_is_kept(client: stripe.StripeClient) -> None:
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            client.v1.payment_intents.create(
                {
                    "amount": 500,
                    "currency": "eur",
                    "confirm": True,
                    "payment_method": "pm_card_chargeDeclined",
                },
                {"idempotency_key": "k"},
            )
    assert len(client.v1.payment_intents.list().data) == 1


def test_keys_are_forgotten_after_a_day(sandbox: Running, client: stripe.StripeClient) -> None:
    first = client.v1.checkout.sessions.create(wish(), {"idempotency_key": "k"})
    sandbox.advance(25 * 3600)
    again = client.v1.checkout.sessions.create(wish(), {"idempotency_key": "k"})
    assert again.id != first.id


def test_a_concurrent_twin_gets_a_409(sandbox: Running, client: stripe.StripeClient) -> None:
    sandbox.fault(match={"path": "/v1/checkout/sessions"}, kind="slow", seconds=5, times=1)
    made: list[str] = []

    def create() -> None:
        made.append(client.v1.checkout.sessions.create(wish(), {"idempotency_key": "k"}).id)

    slow = threading.Thread(target=create)
    slow.start()
    until(lambda: sandbox.get("/_sandbox/state").json()["idempotency_keys"], "the first call")
    with pytest.raises(stripe.APIError) as refusal:
        sandbox.client().v1.checkout.sessions.create(wish(), {"idempotency_key": "k"})
    assert refusal.value.http_status == 409
    assert refusal.value.error is not None
    assert refusal.value.error.type == "idempotency_error"
    slow.join()
    again = client.v1.checkout.sessions.create(wish(), {"idempotency_key": "k"})
    assert [again.id] == made


def test_lists_are_paged_both_ways(client: stripe.StripeClient) -> None:
    ids = [client.v1.customers.create({"name": str(n)}).id for n in range(7)][::-1]
    first = client.v1.customers.list({"limit": 3})
    assert ([c.id for c in first.data], first.has_more) == (ids[:3], True)
    last = client.v1.customers.list({"limit": 3, "starting_after": ids[3]})
    assert ([c.id for c in last.data], last.has_more) == (ids[4:], False)
    back = client.v1.customers.list({"limit": 3, "ending_before": ids[5]})
    assert ([c.id for c in back.data], back.has_more) == (ids[2:5], True)
    assert [c.id for c in client.v1.customers.list({"limit": 2}).auto_paging_iter()] == ids


def test_lists_can_be_cut_by_date(sandbox: Running, client: stripe.StripeClient) -> None:
    client.v1.customers.create({})
    sandbox.advance(3600)
    late = client.v1.customers.create({})
    found = client.v1.customers.list({"created": {"gte": late.created}}).data
    assert [c.id for c in found] == [late.id]


@pytest.mark.parametrize("limit", ["0", "101", "x", ""])
def test_a_page_has_1_to_100_objects(sandbox: Running, limit: str) -> None:
    assert sandbox.api("GET", f"/v1/customers?limit={limit}").status == 400


def test_expand_goes_through_lists_and_refuses_nonsense(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(wish())
    sandbox.pay(session.id)
    sessions = client.v1.checkout.sessions.list(
        {"expand": ["data.payment_intent.latest_charge.balance_transaction"]}
    )
    intent = sessions.data[0].payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert isinstance(intent.latest_charge.balance_transaction, stripe.BalanceTransaction)
    for path in ("nonsense", "url", "payment_intent.nonsense", "a.b.c.d.e"):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.checkout.sessions.retrieve(session.id, {"expand": [path]})
    unchanged = client.v1.checkout.sessions.retrieve(session.id)
    assert isinstance(unchanged.payment_intent, str)
