"""A customer's way through the shop, over HTTP alone, each step checked.

`make demo` plays it, and the end-to-end test does.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

PASSWORD = "rentwell-demo"
PAYS, DECLINED = "4242424242424242", "4000000000000002"
PATIENCE = 60  # seconds for an answer, and for whatever happens in the background


class StepFailed(AssertionError):
    """The journey met something else than it should have."""


def check(condition: bool, what: str, *seen: object) -> None:
    """Raises StepFailed unless `condition`."""
    if not condition:
        raise StepFailed(f"{what}; seen: {seen}"[:2000])


class Customer:
    """An API client that is logged in."""

    def __init__(self, site: str, email: str) -> None:
        self.site = site
        self.http = requests.Session()
        login = self.post("/auth/token/", {"email": email, "password": PASSWORD})
        self.http.headers["Authorization"] = f"Bearer {login['data']['access']}"

    def get(self, path: str, **query: str) -> Any:
        return self._answer(self.http.get(self.site + path, params=query, timeout=PATIENCE))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._answer(self.http.post(self.site + path, json=body, timeout=PATIENCE))

    @staticmethod
    def _answer(response: requests.Response) -> Any:
        body = response.json()
        check(response.ok and body["success"], f"{response.request.path_url} failed", body)
        return body


def wait_until(what: str, look: Callable[[], Any]) -> Any:
    """Look until it is true, PATIENCE at most; returns what was seen. Raises StepFailed."""
    deadline = time.monotonic() + PATIENCE
    while not (seen := look()):
        check(time.monotonic() < deadline, f"waited {PATIENCE} s in vain for {what}")
        time.sleep(0.1)
    return seen


class Journey:
    """`steps()` yields a line per step that held; a step that does not raises StepFailed."""

    def __init__(self, site: str, sandbox: str) -> None:
        self.site, self.sandbox = site, sandbox
        start = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0)
        self.start = start + timedelta(days=14)
        self.end = self.start + timedelta(days=3)

    def steps(self) -> Iterator[str]:
        """The whole way."""
        self.alice = Customer(self.site, "alice@example.com")
        yield "logged in as alice@example.com"
        yield from self._choose()
        yield from self._order_and_pay()
        yield from self._decline_then_pay_then_cancel()
        yield from self._leave_unpaid()

    def _choose(self) -> Iterator[str]:
        products = self.alice.get("/catalog/products/", page_size="100")["data"]
        check(len(products) >= 25, "a demo shop of some thirty products", len(products))
        self.product = next(product for product in products if product["units"] >= 3)
        yield f"{len(products)} products listed; chose “{self.product['name']}”"
        self.units = self._free()
        check(self.units == self.product["units"], "every unit is free", self.units)
        yield f"availability: {self.units} of {self.product['units']} units free"
        quote = self.alice.post("/payments/rental-orders/quote/", self._cart(2))["data"]
        check(quote["is_available"], "the cart fits", quote)
        self.quoted = quote["total_amount"]
        yield f"quote for two units, three days: {self.quoted} {quote['currency']}"

    def _order_and_pay(self) -> Iterator[str]:
        order = self._place(2)
        check(order["total_amount"] == self.quoted, "the quoted price", order)
        yield f"order {order['order_number']} created; {self._free()} units free now"
        self._pay(order, PAYS)
        yield "paid with 4242 4242 4242 4242 on the checkout page"
        detail = self._wait_for_status(order, "CONFIRMED")
        yield "the signed webhook arrived: order CONFIRMED"
        wait_until("the e-mail", lambda: self._sent(detail["id"], "order_confirmed"))
        yield "confirmation e-mail sent"
        page = self.alice.get("/payments/success/", session_id=order["session_id"])
        check(page["data"]["status"] == "CONFIRMED", "the success page tells so", page)
        yield "the success page says: " + page["message"]
        rows = self.alice.get("/payments/rental-orders/my_orders/", status="CONFIRMED")["data"]
        check(order["order_number"] in [row["order_number"] for row in rows], "my_orders", rows)
        yield "my_orders shows it"

    def _decline_then_pay_then_cancel(self) -> Iterator[str]:
        before = self._free()
        order = self._place(1)
        self._pay(order, DECLINED, declined=True)
        wait_until("the e-mail", lambda: self._sent(order["order_id"], "payment_declined"))
        yield f"second order {order['order_number']}: card declined, customer told by e-mail"
        self._pay(order, PAYS)
        self._wait_for_status(order, "CONFIRMED")
        yield "paid with another card: order CONFIRMED"
        path = f"/payments/rental-orders/{order['order_id']}/cancel_order/"
        self.alice.post(path, {"reason": "Change of plans"})
        detail = self._wait_for_status(order, "CANCELLED")
        detail = wait_until("the refund", lambda: self._refunded(order))
        yield f"cancelled: {detail['refunds'][0]['amount']} refunded"
        check(self._free() == before, "the unit is free again", before, self._free())
        yield "its unit is free again"

    def _leave_unpaid(self) -> Iterator[str]:
        before = self._free()
        order = self._place(1)
        check(self._free() == before - 1, "the unit is held", before)
        requests.post(
            f"{self.sandbox}/_sandbox/clock/advance", json={"seconds": 2 * 3600}, timeout=PATIENCE
        )
        self._wait_for_status(order, "EXPIRED")
        requests.post(f"{self.sandbox}/_sandbox/clock/reset", timeout=PATIENCE).raise_for_status()
        check(self._free() == before, "the unit is free again", before)
        yield f"third order {order['order_number']} left unpaid (clock moved): EXPIRED, unit free"

    def _cart(self, quantity: int) -> dict[str, Any]:
        return {
            "cart_items": [{"product_id": self.product["id"], "quantity": quantity}],
            "rental_start_date": self.start.isoformat(),
            "rental_end_date": self.end.isoformat(),
            "notes": "From the demo journey",
        }

    def _place(self, quantity: int) -> Any:
        return self.alice.post("/payments/rental-orders/create_from_cart/", self._cart(quantity))[
            "data"
        ]

    def _free(self) -> int:
        path = f"/catalog/products/{self.product['id']}/availability/"
        data = self.alice.get(path, start=self.start.isoformat(), end=self.end.isoformat())["data"]
        available: int = data["available_quantity"]
        return available

    def _pay(self, order: Any, card: str, *, declined: bool = False) -> None:
        """What a browser does: open the page, then send its form."""
        page = requests.get(order["checkout_url"], timeout=PATIENCE)
        check("text/html" in page.headers["Content-Type"], "the checkout page opens", page.text)
        form = {"email": "alice@example.com", "number": card, "expiry": "12 / 34", "cvc": "123"}
        answer = requests.post(
            order["checkout_url"], data=form, allow_redirects=False, timeout=PATIENCE
        )
        if declined:
            check(answer.status_code == 402, "the card is declined", answer.status_code)
            return
        check(answer.status_code == 303, "the card is accepted", answer.status_code, answer.text)
        check(order["session_id"] in answer.headers["Location"], "back to the shop", answer.headers)

    def _detail(self, order: Any) -> Any:
        return self.alice.get(f"/payments/rental-orders/{order['order_id']}/")["data"]

    def _wait_for_status(self, order: Any, status: str) -> Any:
        def look() -> Any:
            detail = self._detail(order)
            return detail if detail["status"] == status else None

        return wait_until(f"{order['order_number']} to become {status}", look)

    def _refunded(self, order: Any) -> Any:
        detail = self._detail(order)
        done = [refund for refund in detail["refunds"] if refund["status"] == "SUCCEEDED"]
        return detail if done else None

    def _sent(self, order_id: str, kind: str) -> bool:
        told = self._detail({"order_id": order_id})["notifications"]
        return any(one["kind"] == kind and one["status"] == "SENT" for one in told)
