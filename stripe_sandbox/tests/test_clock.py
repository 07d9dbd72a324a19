"""The one clock: it is moved by API, and what is due on the way happens then."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from stripe_sandbox.clock import Agenda, Clock

from .support import Receiver, Running, wish


def test_a_session_expires_when_the_clock_passes_its_time(
    sandbox: Running, client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(wish(expires_at=sandbox.now() + 1860))
    sandbox.advance(1800)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    sandbox.advance(120)
    expired = client.v1.checkout.sessions.retrieve(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    event = client.v1.events.list().data[0]
    assert (event.type, event.created) == ("checkout.session.expired", session.expires_at)


def test_the_webhook_of_an_expiry_is_sent_at_once(hooked: Running, receiver: Receiver) -> None:
    session = hooked.client().v1.checkout.sessions.create(wish())
    hooked.advance(24 * 3600 + 1)
    one = receiver.wait_for("checkout.session.expired")[0]
    assert one.event["data"]["object"]["id"] == session.id


def test_the_clock_tells_its_offset(sandbox: Running) -> None:
    before = sandbox.now()
    sandbox.advance(1000)
    after = sandbox.get("/_sandbox/clock").json()
    assert after["offset_seconds"] == pytest.approx(1000)
    assert 1000 <= after["now"] - before < 1010


def test_the_clock_can_go_back_to_real_time_and_webhooks_under_way_come_along(
    hooked: Running, receiver: Receiver
) -> None:
    hooked.advance(7200)
    hooked.fault(webhook={"kind": "delay", "seconds": 0.5, "times": 1})
    hooked.client().v1.customers.create({})
    assert hooked.post("/_sandbox/clock/reset").json()["offset_seconds"] == 0
    receiver.wait_for("customer.created")


@pytest.mark.parametrize("seconds", [-1, "10", None, True, 1e12, [1]])
def test_the_clock_does_not_go_back_nor_anywhere_strange(sandbox: Running, seconds: Any) -> None:
    assert sandbox.post("/_sandbox/clock/advance", {"seconds": seconds}).status == 400


def test_the_agenda_gives_what_is_due_earliest_first() -> None:
    agenda = Agenda()
    agenda.add(30, "late", "c")
    agenda.add(10, "early", "a")
    agenda.add(10, "early", "b")
    due = [agenda.pop_due(20), agenda.pop_due(20), agenda.pop_due(20)]
    assert [one.subject if one else None for one in due] == ["a", "b", None]
    agenda.retain(lambda one: one.subject != "c")
    assert agenda.next_at() is None


def test_the_clock_itself_refuses_to_go_back() -> None:
    with pytest.raises(ValueError, match="forward"):
        Clock().advance(-1)
