"""A sandbox in a process of its own, and a receiver for its webhooks."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import urlencode

import stripe

from stripe_sandbox.measure import free_port

T = TypeVar("T")
KEY = "sk_test_sandbox"
DEADLINE = 60.0

PAYS = "4242424242424242"
DECLINED = "4000000000000002"


def until(condition: Callable[[], T], what: str = "the condition", seconds: float = DEADLINE) -> T:
    """Wait until ``condition`` gives something true, and return it."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.02)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


@dataclass
class Answer:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    text: str

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.text)


def http(
    method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Answer:
    """One request; redirects and errors come back as they are."""
    request = urllib.request.Request(url, body, headers or {}, method=method)
    try:
        with _opener.open(request, timeout=DEADLINE) as reply:
            return Answer(reply.status, _lower(reply.headers), reply.read().decode())
    except urllib.error.HTTPError as error:
        return Answer(error.code, _lower(error.headers), error.read().decode())


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


class Running:
    """A sandbox, and what a test does with it. It is watched: see ``stop``."""

    def __init__(self, *arguments: str) -> None:
        self.base = f"http://127.0.0.1:{free_port()}"
        port = self.base.rpartition(":")[2]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "stripe_sandbox", "--port", port, "--check", *arguments],
            stdout=subprocess.DEVNULL,
        )
        until(self._answers, "the sandbox to answer")

    def _answers(self) -> bool:
        try:
            return self.get("/_sandbox/clock").status == 200
        except OSError:
            return False

    def stop(self) -> None:
        """End the process; fails where it was not as Stripe describes it (``conformance/``).

        That it refused something counts for nothing here, since tests provoke it.
        """
        found = self.get("/_sandbox/violations").json()["data"]
        self._process.terminate()
        self._process.wait(DEADLINE)
        faults = [one for one in found if one["side"] != "refusal"]
        assert not faults, f"not as Stripe describes it:\n{json.dumps(faults, indent=1)}"

    def kill(self) -> None:
        """End the process without a chance to save anything."""
        self._process.kill()
        self._process.wait(DEADLINE)

    def client(self, **options: Any) -> stripe.StripeClient:
        """Stripe's SDK, pointed here; it tries each call once unless told otherwise."""
        options = {"max_network_retries": 0, **options}
        return stripe.StripeClient(KEY, base_addresses={"api": self.base}, **options)

    def get(self, path: str) -> Answer:
        """GET a page or a control document."""
        return http("GET", self.base + path)

    def post(self, path: str, document: Any = None) -> Answer:
        """POST JSON to the control API."""
        body = json.dumps({} if document is None else document).encode()
        return http("POST", self.base + path, body, {"Content-Type": "application/json"})

    def submit(self, path: str, /, **fields: str) -> Answer:
        """Send a form of a page."""
        return http("POST", self.base + path, urlencode(fields).encode())

    def api(self, method: str, path: str, form: str = "", key: str = KEY, **headers: str) -> Answer:
        """Call Stripe's API without the SDK."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            given["Authorization"] = f"Bearer {key}"
        return http(method, self.base + path, form.encode() or None, given)

    def pay(self, session_id: str, card: str = PAYS) -> Answer:
        """Pay a session without its page."""
        return self.post(f"/_sandbox/checkout/{session_id}/pay", {"card": card})

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        assert self.post("/_sandbox/clock/advance", {"seconds": seconds}).status == 200

    def now(self) -> int:
        """What time it is in the sandbox."""
        now: int = self.get("/_sandbox/clock").json()["now"]
        return now

    def fault(self, **rule: Any) -> None:
        """Add a rule to the fault plan."""
        answer = self.post("/_sandbox/faults", rule)
        assert answer.status == 201, answer.text

    def calls(self, **filters: str) -> list[dict[str, Any]]:
        """The journal's calls, oldest first."""
        query = urlencode({"kind": "call", **filters})
        found: list[dict[str, Any]] = self.get(f"/_sandbox/journal?{query}").json()["data"]
        return found

    def event_types(self) -> list[str]:
        """The types of all events, oldest first."""
        events = self.client().v1.events.list({"limit": 100}).data
        return [event.type for event in reversed(events)]


def item(name: str = "City bike", unit_amount: int = 2500, quantity: int = 2, **more: Any) -> Any:
    """A line item."""
    price = {"currency": "eur", "unit_amount": unit_amount, "product_data": {"name": name}, **more}
    return {"price_data": price, "quantity": quantity}


def wish(**more: Any) -> Any:
    """Parameters of a Checkout Session over 50 euros."""
    return {
        "mode": "payment",
        "success_url": "http://shop.test/success?session_id={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://shop.test/cancel",
        "line_items": [item()],
        **more,
    }


@dataclass
class Received:
    """One webhook as it arrived."""

    body: bytes
    signature: str
    event: dict[str, Any]


class Receiver:
    """Takes webhooks; ``answers`` are the statuses that it gives first, then it says 200.

    It says nothing while ``may_answer`` is cleared.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: list[int] = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                event = json.loads(body)
                receiver.received.append(Received(body, self.headers["Stripe-Signature"], event))
                receiver.may_answer.wait(DEADLINE)
                status = receiver.answers.pop(0) if receiver.answers else 200
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", receiver.url)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Tests are quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhook/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def of_type(self, event_type: str) -> list[Received]:
        """What has arrived of that type."""
        return [one for one in self.received if one.event["type"] == event_type]

    def wait_for(self, event_type: str, count: int = 1) -> list[Received]:
        """Wait until that many have arrived of that type."""
        return (
            until(
                lambda: found if len(found := self.of_type(event_type)) >= count else None,
                f"{count} x {event_type}",
            )
            or []
        )

    def stop(self) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()
