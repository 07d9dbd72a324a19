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
def hooked(receiver: Receiver) -> Iterator[Running]:
    """A sandbox of its own that sends to the receiver."""
    sandbox = Running("--webhook-retries", "0.1,0.2,0.4", "--webhook", f"{receiver.url}=whsec_one")
    yield sandbox
    sandbox.stop()
