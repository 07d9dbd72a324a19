"""`make bench`: the server as the README recommends it for production, driver and database on the
same machine, and a stand-in for Stripe that answers at once."""

import argparse
import itertools
import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import stripe

from bench import growth
from bench.driver import Request, load, request
from config.embedded import LOCAL, start_missing
from demo.processes import Processes
from demo.stack import fresh_database

WEB, BARE, STRIPE = 8701, 8702, 8703
SECRET = "whsec_bench"
WORKERS, THREADS, POOL = "2", "32", "8"
JSON = "application/json"


class Bench:
    """A running system and its data."""

    def __init__(self, processes: Processes, database: str, shop: dict[str, Any]) -> None:
        self.processes, self.database, self.shop = processes, database, shop
        self._start = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0)
        self._random = random.Random(1)

    def orders(self, products: list[str], tokens: Iterator[str]) -> Request:
        """Carts of two products for two to five days within a year."""

        def next_order() -> bytes | None:
            start = self._start + timedelta(days=self._random.randrange(2, 300))
            end = start + timedelta(days=self._random.randrange(2, 6))
            chosen = self._random.sample(products, 2)
            body = {
                "cart_items": [{"product_id": product, "quantity": 1} for product in chosen],
                "rental_start_date": start.isoformat(),
                "rental_end_date": end.isoformat(),
            }
            token = next(tokens, None)
            if token is None:
                return None
            return request(
                "POST",
                "/payments/rental-orders/create_from_cart/",
                json.dumps(body).encode(),
                Content_Type=JSON,
                Authorization=f"Bearer {token}",
            )

        return next_order

    def events(self, *, again: bool = False) -> Request:
        """A signed `checkout.session.completed` for each unpaid order that we have not heard of;
        or, `again` and again, for those we have."""
        with psycopg.connect(self.database) as connection:
            rows = connection.execute(
                "SELECT id, session_id, amount_minor FROM payments_payment"
                " WHERE status = 'PENDING' AND session_id <> ''"
                " AND %s = (session_id IN (SELECT object_id FROM payments_webhookevent))",
                [again],
            ).fetchall()
        bodies = (
            json.dumps(_completed(*row)) for row in (itertools.cycle(rows) if again else rows)
        )

        def next_event() -> bytes | None:
            body = next(bodies, None)
            if body is None:
                return None
            signature = stripe.WebhookSignature.generate_signature_header(body, SECRET)
            return request(
                "POST",
                "/payments/stripe/webhook/",
                body.encode(),
                Content_Type=JSON,
                Stripe_Signature=signature,
            )

        return _locked(next_event)

    def my_orders(self) -> Request:
        """The first page of customers who have twenty orders."""
        tokens = itertools.cycle(self.shop["tokens"][:50])
        return _locked(
            lambda: request(
                "GET",
                "/payments/rental-orders/my_orders/",
                Authorization=f"Bearer {next(tokens)}",
            )
        )

    def count(self, sql: str) -> int:
        """A number from the database."""
        with psycopg.connect(self.database) as connection:
            row = connection.execute(sql).fetchone()
        return int(row[0]) if row else 0


def _locked(next_request: Request) -> Request:
    import threading

    lock = threading.Lock()

    def locked() -> bytes | None:
        with lock:
            return next_request()

    return locked


def _completed(payment_id: Any, session_id: str, amount: int) -> dict[str, Any]:
    return {
        "id": f"evt_{session_id}",
        "object": "event",
        "api_version": stripe.api_version,
        "created": int(time.time()),
        "livemode": False,
        "type": "checkout.session.completed",
        "data": {
            "object": {
                "id": session_id,
                "object": "checkout.session",
                "client_reference_id": str(payment_id),
                "status": "complete",
                "payment_status": "paid",
                "payment_intent": session_id.replace("cs_test", "pi"),
                "amount_total": amount,
                "currency": "eur",
            }
        },
    }


def measure_orders(bench: Bench, seconds: float) -> None:
    """create_from_cart on two hot products and on a thousand."""
    tokens = itertools.chain.from_iterable(itertools.repeat(bench.shop["tokens"], 19))
    for name in ("hot", "many"):
        next_order = _locked(bench.orders(bench.shop[name], tokens))
        print(f"create_from_cart, {name:5}", load(WEB, next_order, seconds=seconds), flush=True)


def measure_webhooks(bench: Bench, seconds: float) -> None:
    """Taking events in, taking them in again, and applying them."""
    print("webhook, taken in      ", load(WEB, bench.events(), seconds=seconds, warm_up=0.5))
    print("webhook, duplicates    ", load(WEB, bench.events(again=True), seconds=4, warm_up=0.5))
    waiting = "SELECT count(*) FROM payments_webhookevent WHERE status = 'RECEIVED'"
    before, began = bench.count(waiting), time.perf_counter()
    bench.processes.start("worker", "manage.py", "procrastinate", "worker", "--concurrency", "4")
    while bench.count(waiting) and time.perf_counter() - began < 180:
        time.sleep(0.2)
    took = time.perf_counter() - began
    done = before - bench.count(waiting)
    print(f"webhook, applied by one worker process {done / took:8.0f}/s  ({done} in {took:.1f} s)")


def measure_lists(bench: Bench, seconds: float) -> None:
    """my_orders from the cache, and the bare view."""
    cached = load(WEB, bench.my_orders(), seconds=seconds)
    bare = load(BARE, lambda: request("GET", "/rows/"), seconds=seconds)
    print("my_orders, cached      ", cached)
    print("bare Django JSON       ", bare, f"  share: {cached.rate / max(bare.rate, 1):.0%}")


MEASURES: dict[str, Callable[[Bench, float], None]] = {
    "orders": measure_orders,
    "webhooks": measure_webhooks,
    "lists": measure_lists,
}


@contextmanager
def running(log: Path) -> Iterator[Bench]:
    """Everything that is measured, on a database of its own."""
    environment = start_missing()
    database = fresh_database(environment["DATABASE_URL"], "rentwell_bench")
    environment |= {
        "DATABASE_URL": database,
        "DB_POOL_SIZE": POOL,
        "STRIPE_API_BASE": f"http://127.0.0.1:{STRIPE}",
        "STRIPE_SECRET_KEY": "sk_test_bench",
        "STRIPE_WEBHOOK_SECRET": SECRET,
        "SECRET_KEY": "bench-" + "0" * 60,
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "INFO"),
    }
    with Processes(environment, log) as processes:
        processes.run("manage.py", "migrate", "--verbosity", "0")
        processes.run("-m", "bench.shop", str(log / "shop.json"))
        processes.start(
            "stripe",
            *("-m", "uvicorn", "bench.instant_stripe:app", "--port", str(STRIPE)),
            *("--log-level", "warning"),
        )
        granian = ("-m", "granian", "--interface", "wsgi", "--no-access-log")
        served = ("--workers", WORKERS, "--blocking-threads", THREADS, "--port")
        processes.start("web", *granian, *served, str(WEB), "config.wsgi:application")
        processes.start("bare", *granian, *served, str(BARE), "bench.bare:application")
        processes.wait_for("web", f"http://127.0.0.1:{WEB}/healthz")
        processes.wait_for("bare", f"http://127.0.0.1:{BARE}/rows/")
        yield Bench(processes, database, json.loads((log / "shop.json").read_text()))


def main() -> None:
    if sys.argv[1:2] == ["growth"]:
        growth.main(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("measures", nargs="*", default=list(MEASURES), help=", ".join(MEASURES))
    parser.add_argument("--seconds", type=float, default=8)
    options = parser.parse_args()
    log = LOCAL / "bench"
    log.mkdir(parents=True, exist_ok=True)
    with running(log) as bench:
        for name in options.measures:
            MEASURES[name](bench, options.seconds)


if __name__ == "__main__":
    main()
