"""Memory stays bounded however long the sandbox runs."""

from __future__ import annotations

import socket
from collections import deque

from stripe_sandbox.inprocess import InProcess
from stripe_sandbox.outbox import AT_ONCE
from stripe_sandbox.sandbox import Settings
from stripe_sandbox.state import components

from .support import DECLINED, PAYS, Receiver, wish

KEEP = 20
#: Unfinished objects may be twice as many, and the agenda is cleared up at five times.
MOST = 6 * KEEP


def live(sandbox: InProcess, rounds: int) -> None:
    """What a shop's days leave behind: paid, refunded, declined and forgotten sessions."""
    client = sandbox.client()
    for number in range(rounds):
        customer = client.v1.customers.create({"name": f"Customer {number}"})
        paid, declined, _ = (
            client.v1.checkout.sessions.create(wish(customer=customer.id)) for _ in range(3)
        )
        sandbox.control("POST", f"/_sandbox/checkout/{paid.id}/pay", {"card": PAYS})
        sandbox.control("POST", f"/_sandbox/checkout/{declined.id}/pay", {"card": DECLINED})
        intent = client.v1.checkout.sessions.retrieve(paid.id).payment_intent
        client.v1.refunds.create({"payment_intent": str(intent), "amount": 100})


def sizes(sandbox: InProcess) -> dict[str, int]:
    """How much every container of the books holds."""
    parts = {**components(sandbox.sandbox), "outbox": sandbox.sandbox.webhooks.outbox}
    return {
        f"{name}.{attribute}": len(value)
        for name, component in parts.items()
        for attribute, value in vars(component).items()
        if isinstance(value, dict | list | set | deque)
    }


def test_nothing_grows_without_end(receiver: Receiver) -> None:
    settings = Settings(seed=1, keep=KEEP)
    with InProcess(settings, {receiver.url: "whsec_one"}) as sandbox:
        live(sandbox, 50)
        found = sizes(sandbox)
    assert found["checkout_sessions._objects"] >= KEEP
    assert found["journal._entries"] == KEEP
    assert {name: size for name, size in found.items() if size > MOST} == {}


def test_deliveries_do_not_pile_up_before_a_receiver_that_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with InProcess(Settings(seed=1, keep=KEEP), {url: "whsec_one"}) as sandbox:
            live(sandbox, 50)
            found = sizes(sandbox)
    assert found["outbox._running"] == AT_ONCE
    assert found["outbox._waiting"] >= KEEP
    assert {name: size for name, size in found.items() if size > MOST} == {}


def test_deliveries_do_not_pile_up_before_a_receiver_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}/"
    settings = Settings(seed=1, keep=KEEP, webhook_retries=(0.1, 60))
    with InProcess(settings, {url: "whsec_one"}) as sandbox:
        live(sandbox, 50)
        found = sizes(sandbox)
    assert {name: size for name, size in found.items() if size > MOST} == {}
