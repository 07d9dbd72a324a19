"""The journal, the state, the command line and the bounds of memory."""

from __future__ import annotations

import argparse

import pytest
import stripe

from stripe_sandbox.__main__ import webhook
from stripe_sandbox.ids import Ids
from stripe_sandbox.journal import Journal
from stripe_sandbox.store import Collection

from .support import Running, wish


def test_the_journal_has_every_call(sandbox: Running, client: stripe.StripeClient) -> None:
    client.v1.checkout.sessions.create(wish(), {"idempotency_key": "k"})
    client.v1.charges.list()
    calls = sandbox.calls(path="/v1/checkout/*", method="POST")
    assert len(calls) == 1
    assert calls[0]["idempotency_key"] == "k"
    assert calls[0]["params"]["mode"] == "payment"
    assert (calls[0]["status"], calls[0]["replayed"], calls[0]["fault"]) == (200, False, None)
    assert len(sandbox.calls()) == 2
    assert sandbox.calls(request_id=calls[0]["request_id"]) == calls


def test_an_error_points_to_its_line_in_the_journal(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.charges.retrieve("ch_no")
    assert refusal.value.error is not None
    address = str(refusal.value.error.request_log_url).removeprefix(sandbox.base)
    assert sandbox.get(address).json()["data"][0]["path"] == "/v1/charges/ch_no"


def test_reset_forgets_everything(sandbox: Running, client: stripe.StripeClient) -> None:
    client.v1.checkout.sessions.create(wish())
    sandbox.post("/_sandbox/reset")
    state = sandbox.get("/_sandbox/state").json()
    assert (state["checkout_sessions"], state["journal"], state["agenda"]) == (0, 0, 0)


def test_the_same_seed_gives_the_same_ids() -> None:
    assert Ids(5).new("pi_") == Ids(5).new("pi_")
    assert Ids().new("pi_") != Ids().new("pi_")


def test_a_collection_lets_finished_objects_go_first() -> None:
    collection = Collection("thing", 10, lambda obj: bool(obj["done"]))
    for number in range(12):
        collection.add({"id": f"t_{number}", "done": number == 1})
    assert len(collection) == 11
    assert collection.find("t_1") is None
    for number in range(12, 100):
        collection.add({"id": f"t_{number}", "done": False})
    assert len(collection) == 20
    assert collection.find("t_99") is not None


def test_the_journal_is_bounded() -> None:
    journal = Journal(keep=3)
    for number in range(5):
        journal.record("call", path=f"/{number}")
    assert journal.count == 5
    assert [entry["path"] for entry in journal.search(10)] == ["/4", "/3", "/2"]


def test_a_webhook_is_given_as_address_and_secrets() -> None:
    assert webhook("http://a/b/?c=d=whsec_1,whsec_2") == ("http://a/b/?c=d", ["whsec_1", "whsec_2"])
    for wrong in ("http://a/b", "ftp://a=whsec_1", "http://a="):
        with pytest.raises(argparse.ArgumentTypeError):
            webhook(wrong)


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("/_sandbox/webhooks", {"url": "ftp://x", "secrets": ["s"]}),
        ("/_sandbox/webhooks", {"url": "http://x", "secrets": []}),
        ("/_sandbox/webhooks/release", {"events": "all"}),
        ("/_sandbox/checkout/cs_test_no/pay", {"card": "4111111111111111"}),
        ("/_sandbox/clock/advance", [1]),
    ],
)
def test_the_control_api_says_what_is_wrong(sandbox: Running, path: str, document: object) -> None:
    answer = sandbox.post(path, document)
    assert answer.status == 400
    assert answer.json()["error"]["message"]
