"""The processes that make up Rentwell, wired to the Stripe sandbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

from config.embedded import LOCAL, start_missing
from demo.processes import Processes, is_free

WEBHOOK_SECRET = "whsec_demo_0000000000000000"  # of the sandbox, which knows no real money


@dataclass(frozen=True)
class Stack:
    """Addresses of a running product."""

    site: str
    sandbox: str
    processes: Processes


class PortTaken(RuntimeError):
    """Another program listens where we want to."""


@contextmanager
def running_stack(
    port: int, database: str = "rentwell_demo", *sandbox_options: str
) -> Iterator[Stack]:
    """Web server, worker and sandbox on a demo shop; all of it ends with the context.

    `port` is the shop's, the sandbox takes the next one. `database` is made anew, beside the one
    that DATABASE_URL names if that is set. Raises PortTaken or DidNotStart.
    """
    for wanted in (port, port + 1):
        if not is_free(wanted):
            raise PortTaken(f"Port {wanted} is in use. Choose another: make demo PORT=9000")
    site, sandbox = f"http://localhost:{port}", f"http://localhost:{port + 1}"
    environment = _environment(site, sandbox, database)
    with Processes(environment, LOCAL / "demo") as processes:
        processes.run("manage.py", "migrate", "--verbosity", "0")
        processes.run("manage.py", "load_demo_shop")
        processes.start(
            "sandbox",
            *("-m", "stripe_sandbox", "--port", str(port + 1)),
            *("--public-url", sandbox, "--merchant", "Rentwell Demo Shop"),
            *("--webhook", f"{site}/payments/stripe/webhook/={WEBHOOK_SECRET}"),
            *sandbox_options,
        )
        processes.start("worker", "manage.py", "procrastinate", "worker", "--concurrency", "4")
        processes.start(
            "web",
            *("-m", "granian", "--interface", "wsgi", "--port", str(port)),
            *("--host", "127.0.0.1", "--blocking-threads", "8", "config.wsgi:application"),
        )
        processes.wait_for("sandbox", f"{sandbox}/_sandbox/clock")
        processes.wait_for("web", f"{site}/readyz")
        yield Stack(site, sandbox, processes)


def _environment(site: str, sandbox: str, database: str) -> dict[str, str]:
    environment = start_missing()
    environment["DATABASE_URL"] = fresh_database(environment["DATABASE_URL"], database)
    return environment | {
        "RENTWELL_ENV": "development",
        "SITE_URL": site,
        "STRIPE_API_BASE": sandbox,
        "STRIPE_PUBLIC_KEY": "pk_test_demo",
        "STRIPE_SECRET_KEY": "sk_test_demo",
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "EMAIL_URL": f"filemail:///{LOCAL / 'demo' / 'mail'}",
        "PYTHONUNBUFFERED": "1",
    }


def fresh_database(server_url: str, name: str) -> str:
    """Make database `name` anew on the server of `server_url`, and return its URL."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        identifier = sql.Identifier(name)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
    before, _, query = server_url.partition("?")
    return f"{before.rpartition('/')[0]}/{name}?{query}"
