"""`python -m bench growth`: how long it takes to tell what is free, as the shop grows older."""

import argparse
import json
import random
import statistics
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import psycopg

from bench.driver import Request, load, request
from bench.history import PRODUCTS
from config.embedded import LOCAL, start_missing
from demo.processes import ROOT, Processes
from demo.stack import fresh_database

PORT: Final = 8704
SIZES: Final = (10_000, 100_000, 1_000_000)
TEN_MILLION: Final = 10_000_000
TURNS: Final = 9
QUESTIONS: Final = {
    "week": "a week of the hot product, in SQL",
    "year": "a year of it, by day",
    "month": "a month of 40 products, by day",
}


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench growth")
    parser.add_argument("--rows", default=",".join(map(str, SIZES)), help="sizes, in this order")
    parser.add_argument("--ten-million", action="store_true", help="that size, too")
    parser.add_argument("--sql-only", action="store_true", help="not through the endpoint")
    parser.add_argument("--keep", action="store_true", help="use and leave databases of earlier")
    options = parser.parse_args(arguments)
    sizes = [int(size) for size in options.rows.split(",")]
    if options.ten_million:
        sizes.append(TEN_MILLION)
    environment = start_missing()
    print(f"{'reservations':>12}  {'question':34}  {'best':>9}  {'median':>9}  {'p95':>9}  ratio")
    firsts: dict[str, float] = {}
    for size in sizes:
        shop = _shop(environment, size, keep=options.keep)
        for name, times in json.loads(_run(shop, "bench.questions")).items():
            median, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
            ratio = median / firsts.setdefault(name, median)
            print(
                f"{size:12,}  {QUESTIONS[name]:34}  {min(times):6.2f} ms  {median:6.2f} ms"
                f"  {p95:6.2f} ms  {ratio:.2f}"
            )
        if not options.sql_only:
            _compare_over_http(shop, size)
        if not options.keep:
            _drop(environment["DATABASE_URL"], size)


def _shop(environment: dict[str, str], size: int, *, keep: bool) -> dict[str, str]:
    """The environment of a shop with so many reservations; it is filled unless it is there."""
    name = f"rentwell_growth_{size}"
    before, _, query = environment["DATABASE_URL"].partition("?")
    url = f"{before.rpartition('/')[0]}/{name}?{query}"
    if not (keep and _exists(environment["DATABASE_URL"], name)):
        url = fresh_database(environment["DATABASE_URL"], name)
    shop = {**environment, "DATABASE_URL": url}
    _run(shop, "django", "migrate", "--settings", "config.settings", "--verbosity", "0")
    _run(shop, "bench.history", str(size))
    return shop


def _exists(server: str, name: str) -> bool:
    with psycopg.connect(server) as connection:
        row = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone()
    return row is not None


def _drop(server: str, size: int) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE rentwell_growth_{size} WITH (FORCE)")


def _run(environment: dict[str, str], module: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def _compare_over_http(shop: dict[str, str], size: int) -> None:
    """The endpoint with the hot product alone, and with a thousand products, in turns.

    A turn's two rates are measured one right after the other and compared, and the middle of all
    turns counts: from minute to minute the machine itself differs by more than the two do.
    """
    with Processes({**shop, "DB_POOL_SIZE": "8", "LOG_LEVEL": "WARNING"}, LOCAL / "bench") as web:
        served = ("--workers", "2", "--blocking-threads", "32", "--port", str(PORT))
        granian = ("-m", "granian", "--interface", "wsgi", "--no-access-log")
        web.start("growth", *granian, *served, "config.wsgi:application")
        web.wait_for("growth", f"http://127.0.0.1:{PORT}/healthz")
        hot, many = _weeks(1), _weeks(PRODUCTS)
        pairs = [
            (load(PORT, hot, seconds=2, warm_up=0.5), load(PORT, many, seconds=2, warm_up=0.5))
            for _ in range(TURNS)
        ]
    for name, results in zip(("hot", "many"), zip(*pairs, strict=True), strict=True):
        middle = sorted(results, key=lambda result: result.rate)[TURNS // 2]
        print(f"{size:12,}  endpoint, {name:4} {middle}")
    ratios = sorted(of_hot.rate / of_many.rate for of_hot, of_many in pairs)
    print(
        f"{size:12,}  endpoint, hot against many: {statistics.median(ratios):.2f}"
        f"   ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    )


def _weeks(products: int) -> Request:
    """A week of one of so many products, the hot one first."""
    chosen = random.Random(1)
    today = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)

    def next_week() -> bytes:
        product = f"00000000-0000-4000-8000-{chosen.randrange(products):012x}"
        start = today + timedelta(days=14, hours=chosen.randrange(3 * 7 * 24))
        query: dict[str, Any] = {
            "start": start.isoformat(),
            "end": (start + timedelta(days=7)).isoformat(),
            "by": "day",
        }
        return request("GET", f"/catalog/products/{product}/availability/?{urlencode(query)}")

    return next_week
