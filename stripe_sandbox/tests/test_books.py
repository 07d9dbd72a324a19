"""The second set of books."""

from __future__ import annotations

import stripe

from .support import DECLINED, Running, wish


def test_the_books_tell_what_became_of_each_payment(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    first, second = (
        client.v1.checkout.sessions.create(wish(client_reference_id=f"R-{n}")) for n in (1, 2)
    )
    sandbox.pay(first.id)
    sandbox.pay(second.id, DECLINED)
    intent = client.v1.payment_intents.list().data[1]
    stands = client.v1.refunds.create({"payment_intent": intent.id, "amount": 1000})
    fails = client.v1.refunds.create({"payment_intent": intent.id, "amount": 500})
    sandbox.post("/_sandbox/outcomes", {"kind": "fail_refund", "id": fails.id})
    books = sandbox.get("/_sandbox/books").json()
    declined, paid = books["data"]
    assert (declined["client_reference_id"], declined["received"]) == ("R-2", 0)
    assert paid["client_reference_id"] == "R-1"
    assert (paid["amount"], paid["received"], paid["refunded"], paid["net"]) == (
        5000,
        5000,
        1000,
        4000,
    )
    assert [(r["id"], r["status"]) for r in paid["refunds"]] == [
        (fails.id, "failed"),
        (stands.id, "succeeded"),
    ]
    assert books["totals"] == {
        "eur": {"received": 5000, "refunded": 1000, "disputed": 0, "net": 4000}
    }
    one = sandbox.get(f"/_sandbox/books?payment_intent={intent.id}").json()["data"]
    assert one == [paid]


def test_a_dispute_counts_while_it_has_the_money(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    for inquiry in (False, True):
        sandbox.pay(client.v1.checkout.sessions.create(wish()).id)
        charge = client.v1.charges.list().data[0].id
        sandbox.post("/_sandbox/disputes", {"charge": charge, "inquiry": inquiry})
    asked, taken = sandbox.get("/_sandbox/books").json()["data"]
    assert (asked["disputed"], asked["net"], len(asked["disputes"])) == (0, 5000, 1)
    assert (taken["disputed"], taken["net"]) == (5000, 0)
    dispute = taken["disputes"][0]["id"]
    sandbox.post("/_sandbox/outcomes", {"kind": "win_dispute", "id": dispute})
    line = sandbox.get("/_sandbox/books").json()["data"][1]
    assert (line["disputed"], line["net"]) == (0, 5000)


def test_a_hold_is_not_received_before_its_capture(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    held = {"capture_method": "manual"}
    session = client.v1.checkout.sessions.create(wish(payment_intent_data=held))
    sandbox.pay(session.id)
    line = sandbox.get("/_sandbox/books").json()["data"][0]
    assert (line["held"], line["received"], line["net"]) == (5000, 0, 0)
    client.v1.payment_intents.capture(line["payment_intent"], {"amount_to_capture": 2000})
    line = sandbox.get("/_sandbox/books").json()["data"][0]
    assert (line["held"], line["received"], line["net"]) == (0, 2000, 2000)
