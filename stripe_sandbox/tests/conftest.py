"""One sandbox for all tests, emptied before each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stripe

from .support import Receiver, Running


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    sandbox = Running("--webhook-retries", "0.1,0.2,0.4", "--seed", "1", "--merchant", "Bike shop")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running: Running) -> Running:
    running.post("/_sandbox/reset")
    return running


@pytest.fixture
def client(sandbox: Running) -> stripe.StripeClient:
    return sandbox.client()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def hooked(sandbox: Running, receiver: Receiver) -> Iterator[Running]:
    """The sandbox, sending its webhooks to the receiver."""
    sandbox.post("/_sandbox/webhooks", {"url": receiver.url, "secrets": ["whsec_one"]})
    yield sandbox
    sandbox.api("DELETE", "/_sandbox/webhooks")
