"""``python -m stripe_sandbox``."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from . import API_VERSION
from .app import build
from .sandbox import Settings
from .serve import server
from .state import DamagedStateError


def webhook(text: str) -> tuple[str, list[str]]:
    """Read ``http://host/path/=whsec_a,whsec_b``; the last ``=`` divides."""
    url, _, secrets = text.rpartition("=")
    if urlsplit(url).scheme not in ("http", "https") or not secrets:
        raise argparse.ArgumentTypeError("expected http://host/path/=whsec_secret")
    return url, secrets.split(",")


def seconds(text: str) -> tuple[float, ...]:
    """Read ``1,2,4``."""
    try:
        return tuple(float(part) for part in text.split(",") if part)
    except ValueError:
        raise argparse.ArgumentTypeError("expected seconds such as 1,2,4") from None


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(prog="python -m stripe_sandbox", description=__doc__)
    result.add_argument("--host", default="127.0.0.1")
    result.add_argument("--port", type=int, default=12111)
    result.add_argument(
        "--webhook",
        type=webhook,
        action="append",
        default=[],
        metavar="URL=SECRET[,SECRET]",
        help="deliver signed events there; may be given several times",
    )
    result.add_argument("--state", type=Path, help="keep the books in this file between runs")
    result.add_argument("--seed", type=int, help="make the same ids again")
    result.add_argument("--merchant", default=Settings.merchant, help="name on the payment page")
    result.add_argument("--public-url", help="address of the payment page in a browser")
    result.add_argument("--api-version", default=API_VERSION, help="for calls that name none")
    result.add_argument("--keep", type=int, default=Settings.keep, help="objects kept of a kind")
    result.add_argument(
        "--unpaid-subscriptions",
        choices=("canceled", "unpaid", "past_due"),
        default=Settings.unpaid_subscriptions,
        help="what subscriptions become when the last try to collect has failed",
    )
    result.add_argument(
        "--webhook-retries",
        type=seconds,
        default=Settings.webhook_retries,
        metavar="SECONDS,…",
        help="pauses before each further delivery of a webhook",
    )
    result.add_argument(
        "--check",
        action="store_true",
        help="compare every call and event with Stripe's description",
    )
    return result


def main(arguments: list[str] | None = None) -> int:
    """Serve until stopped."""
    options = parser().parse_args(arguments)
    settings = Settings(
        seed=options.seed,
        state=options.state,
        merchant=options.merchant,
        public_url=options.public_url,
        api_version=options.api_version,
        keep=options.keep,
        unpaid_subscriptions=options.unpaid_subscriptions,
        webhook_retries=options.webhook_retries,
        check=options.check,
    )
    try:
        app = build(settings, options.webhook)
    except (DamagedStateError, OSError) as problem:
        print(problem, file=sys.stderr)  # noqa: T201
        return 2
    print(f"Stripe sandbox on http://{options.host}:{options.port}/", flush=True)  # noqa: T201
    with suppress(KeyboardInterrupt):
        server(app, options.host, options.port).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
