"""The Stripe sandbox as tests see it: its control API, and events carried to us by hand.

Carrying events by hand, signed with the real SDK, lets a test choose which come, when, how often
and in which order. The end-to-end test has the sandbox deliver them itself.
"""

import json
import socket
from collections.abc import Iterable
from contextlib import suppress
from random import SystemRandom
from typing import Any, Final

import requests
import stripe
from django.test import Client

PAYS: Final = "4242424242424242"
DECLINED: Final = "4000000000000002"


def free_port() -> int:
    """A port of this machine that nobody listens on.

    Below those that the system hands out, or a connection of another test could have it first.
    """
    while True:
        port = SystemRandom().randrange(10_000, 32_768)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def expect_no_violations(address: str) -> None:
    """Fail where we sent, or the sandbox gave, what Stripe's own description does not have."""
    found = requests.get(f"{address}/_sandbox/violations", timeout=30).json()["data"]
    assert not found, f"not as Stripe describes it:\n{json.dumps(found, indent=1)}"


class Sandbox:
    WEBHOOK_SECRET: Final = "whsec_of_the_tests"

    def __init__(self, address: str) -> None:
        self.address = address

    def _post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = requests.post(f"{self.address}{path}", json=body or {}, timeout=30)
        return answer.json()

    def reset(self) -> None:
        """Forget everything, clock and faults included."""
        requests.post(f"{self.address}/_sandbox/reset", timeout=30).raise_for_status()

    def pay(self, session_id: str, card: str = PAYS) -> Any:
        """What the payment page does with a card."""
        return self._post(f"/_sandbox/checkout/{session_id}/pay", {"card": card})

    def pay_by_debit(self, session_id: str, iban: str) -> Any:
        """The same with a bank account, whose bank answers days later."""
        return self._post(f"/_sandbox/checkout/{session_id}/pay", {"iban": iban})

    def dispute(self, charge: str, **wanted: Any) -> Any:
        """The customer complains to the bank."""
        return self._post("/_sandbox/disputes", {"charge": charge, **wanted})

    def befall(self, kind: str, object_id: str) -> Any:
        """Have something happen to a refund or dispute, such as `fail_refund`."""
        return self._post("/_sandbox/outcomes", {"kind": kind, "id": object_id})

    def advance(self, seconds: int) -> None:
        """Move Stripe's clock."""
        self._post("/_sandbox/clock/advance", {"seconds": seconds})

    def fault(self, **rule: Any) -> None:
        """Add a rule to the fault plan (stripe_sandbox/README.md)."""
        self._post("/_sandbox/faults", rule)

    def heal(self) -> None:
        """Drop all faults."""
        requests.delete(f"{self.address}/_sandbox/faults", timeout=30).raise_for_status()

    def journal(self, **query: str) -> list[dict[str, Any]]:
        """Every call that reached the sandbox, oldest first."""
        answer = requests.get(f"{self.address}/_sandbox/journal", params=query, timeout=30).json()
        return answer if isinstance(answer, list) else list(answer["data"])

    def books(self) -> list[dict[str, Any]]:
        """What became of each payment, with its refunds and disputes: the second set of books."""
        url = f"{self.address}/_sandbox/books"
        answer = requests.get(url, params={"limit": "100000"}, timeout=30)
        return list(answer.json()["data"])

    def get(self, path: str, **query: str) -> Any:
        """Stripe's own API, such as `get("/v1/refunds", limit="5")`."""
        headers = {
            "Authorization": "Bearer sk_test_of_the_tests",
            "Stripe-Version": stripe.api_version,
        }
        url = f"{self.address}{path}"
        return requests.get(url, headers=headers, params=query, timeout=30).json()

    def post(self, path: str, **fields: str) -> Any:
        """The same for a POST, as the provider's dashboard would do it."""
        headers = {
            "Authorization": "Bearer sk_test_of_the_tests",
            "Stripe-Version": stripe.api_version,
        }
        url = f"{self.address}{path}"
        return requests.post(url, headers=headers, data=fields, timeout=30).json()

    def events(self) -> list[dict[str, Any]]:
        """All events so far, oldest first."""
        return list(reversed(self.get("/v1/events", limit="100")["data"]))


def signed(body: bytes, secret: str = Sandbox.WEBHOOK_SECRET, at: int | None = None) -> str:
    """The Stripe-Signature header of `body`."""
    return str(stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at))


def deliver(client: Client, event: dict[str, Any]) -> Any:
    """Carry one event to our webhook, signed now."""
    body = json.dumps(event).encode()
    return client.post(
        "/payments/stripe/webhook/",
        body,
        content_type="application/json",
        headers={"Stripe-Signature": signed(body)},
    )


def deliver_all(client: Client, events: Iterable[dict[str, Any]]) -> None:
    """Carry them all, in this order; each must be accepted."""
    for event in events:
        assert deliver(client, event).status_code == 200
