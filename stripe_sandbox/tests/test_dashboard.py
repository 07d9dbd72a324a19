"""The control page."""

from __future__ import annotations

import re

import stripe

from .support import DECLINED, Receiver, Running, http, until, wish


def paid(sandbox: Running, client: stripe.StripeClient, reference: str = "R-1") -> str:
    """The id of the PaymentIntent of a session that was paid."""
    session = client.v1.checkout.sessions.create(wish(client_reference_id=reference))
    sandbox.pay(session.id)
    return client.v1.payment_intents.list().data[0].id


def test_the_overview_counts_what_there_is(sandbox: Running, client: stripe.StripeClient) -> None:
    intent_id = paid(sandbox, client, "R-77")
    client.v1.refunds.create({"payment_intent": intent_id})
    page = sandbox.get("/").text
    for text in ("R-77", "checkout.session.completed", "POST /v1/refunds", "payment intents"):
        assert text in page


def test_an_object_is_shown_as_json_with_links(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    intent_id = paid(sandbox, client)
    charge_id = client.v1.charges.list().data[0].id
    page = sandbox.get(f"/objects/payment_intents/{intent_id}").text
    assert f'<a href="/objects/charges/{charge_id}">' in page
    assert "payment_intent.succeeded" in page
    assert (
        sandbox.get(f"/find?q={charge_id}").headers["location"] == f"/objects/charges/{charge_id}"
    )


def test_what_a_shop_writes_cannot_become_markup(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    customer = client.v1.customers.create({"name": "<script>alert(1)</script>"})
    for path in (f"/objects/customers/{customer.id}", "/objects/customers", "/journal/1"):
        page = sandbox.get(path)
        assert page.status == 200
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert" in page.text


def test_lists_come_in_pages_and_can_be_filtered(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    for number in range(60):
        client.v1.customers.create({"name": f"Customer {number}"})
    for path in ("/objects/customers", "/objects/events", "/journal"):
        seen: list[str] = []
        more: str | None = path
        while more:
            page = sandbox.get(more).text
            seen += re.findall(r'<tr>\s*<td><time datetime="', page)
            older = re.search(r'class="button" href="(\?[^"]*)">Older', page)
            more = path + older[1].replace("&amp;", "&") if older else None
        assert len(seen) == 60, path
    found = sandbox.get("/objects/customers?q=customer+42").text
    assert "Customer 42" in found
    assert "Customer 41" not in found


def test_payments_are_shown_with_what_became_of_them(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    client.v1.refunds.create({"payment_intent": paid(sandbox, client), "amount": 1000})
    page = sandbox.get("/payments").text
    for amount in ("€50.00", "€10.00", "€40.00"):
        assert amount in page


def test_the_journal_is_filtered_and_each_line_shows_call_and_answer(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(wish())
    sandbox.pay(session.id, DECLINED)
    client.v1.charges.list()
    page = sandbox.get("/journal?path=/v1/charges*&method=GET").text
    assert "GET /v1/charges" in page
    assert "POST /v1/checkout" not in page
    line = sandbox.get("/journal/1").text
    assert "client_reference_id" in line
    assert session.id in line


def test_an_event_can_be_resent_and_shows_its_deliveries(
    hooked: Running, receiver: Receiver
) -> None:
    hooked.client().v1.customers.create({})
    event_id = receiver.wait_for("customer.created")[0].event["id"]
    assert hooked.submit("/resend", event=event_id).status == 303
    receiver.wait_for("customer.created", 2)
    page = f"/objects/events/{event_id}"
    until(lambda: hooked.get(page).text.count(": 200</li>") == 2, "both deliveries")
    assert "delivered" in hooked.get("/deliveries?state=delivered").text
    assert receiver.url not in hooked.get("/deliveries?state=failed").text


def test_held_webhooks_are_released_by_a_button(hooked: Running, receiver: Receiver) -> None:
    hooked.fault(webhook={"kind": "hold"})
    hooked.client().v1.customers.create({})
    assert receiver.received == []
    hooked.submit("/release")
    receiver.wait_for("customer.created")


def test_the_clock_is_moved_by_button_and_by_amount(sandbox: Running) -> None:
    def ahead() -> float:
        return round(float(sandbox.get("/_sandbox/clock").json()["offset_seconds"]))

    sandbox.submit("/clock", advance="60")
    sandbox.submit("/clock", amount="3", unit="hours", move="1")
    assert ahead() == 60 + 3 * 3600
    assert "3 h 1 min ahead" in sandbox.get("/").text
    sandbox.submit("/clock", reset="1")
    assert ahead() == 0


def test_faults_are_added_by_form_and_removed(sandbox: Running) -> None:
    form = {"kind": "call:slow", "path": "/v1/charges", "seconds": "2.5", "times": "3"}
    assert sandbox.submit("/faults", **form).status == 303
    assert sandbox.submit("/faults", kind="webhook:lose", type="charge.*").status == 303
    assert sandbox.submit("/faults", kind="outcome:fail_refund", chance="0.5").status == 303
    plan = sandbox.get("/_sandbox/faults").json()["faults"]
    slow, lose, fails = plan
    assert (slow["kind"], slow["path"], slow["seconds"], slow["times"]) == (
        "slow",
        "/v1/charges",
        2.5,
        3,
    )
    assert (lose["target"], lose["type"]) == ("webhook", "charge.*")
    assert (fails["target"], fails["chance"]) == ("outcome", 0.5)
    assert "/v1/charges" in sandbox.get("/faults").text
    sandbox.submit("/faults/remove", rule=slow["id"])
    assert sandbox.get("/_sandbox/faults").json()["faults"] == plan[1:]
    sandbox.submit("/faults/remove")
    assert sandbox.get("/_sandbox/faults").json()["faults"] == []


def test_a_fault_that_makes_no_sense_is_refused_with_what_was_typed(sandbox: Running) -> None:
    page = sandbox.submit("/faults", kind="call:slow", path="/v1/mine", times="often")
    assert page.status == 422
    assert "times must be a number" in page.text
    assert "/v1/mine" in page.text
    assert sandbox.submit("/faults", kind="").status == 422


def test_a_refund_fails_at_the_press_of_a_button(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    refund = client.v1.refunds.create({"payment_intent": paid(sandbox, client)})
    assert "Let it fail" in sandbox.get(f"/objects/refunds/{refund.id}").text
    assert sandbox.submit("/outcome", kind="fail_refund", id=refund.id).status == 303
    assert client.v1.refunds.retrieve(refund.id).status == "failed"
    assert "Let it fail" not in sandbox.get(f"/objects/refunds/{refund.id}").text
    assert sandbox.submit("/outcome", kind="fail_refund", id=refund.id).status == 400


def test_what_is_not_there_is_not_found(sandbox: Running) -> None:
    for path in ("/objects/pets", "/objects/refunds/re_1", "/journal/99", "/find?q=pi_1"):
        assert sandbox.get(path).status == 404, path


def test_a_page_of_somebody_else_cannot_press_our_buttons(sandbox: Running) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert http("POST", f"{sandbox.base}/clock", b"advance=60", headers).status == 403
    assert round(sandbox.get("/_sandbox/clock").json()["offset_seconds"]) == 0
