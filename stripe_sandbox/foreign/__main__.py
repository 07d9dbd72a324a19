"""``python -m stripe_sandbox.foreign``: real clients, each with a sandbox of its own.

Prints a line per flow, and exits 0 only if all passed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .clients import CLIENTS, Client
from .environments import InstallError, UnreachableError
from .runs import Flow, prepare, run

LOCAL = Path(".local/foreign").absolute()


def main() -> int:
    """Run the clients that were asked for."""
    known = {client.name: client for client in CLIENTS}
    parser = argparse.ArgumentParser(prog="python -m stripe_sandbox.foreign", description=__doc__)
    parser.add_argument("clients", nargs="*", metavar="client", help=", ".join(known))
    parser.add_argument(
        "--unless-offline",
        action="store_true",
        help="leave a client out where the registry of its packages does not answer",
    )
    wish = parser.parse_args()
    if unknown := set(wish.clients) - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    chosen = [known[name] for name in wish.clients or known]
    results = [_passed(client, wish.unless_offline) for client in chosen]
    return 0 if all(results) else 1


def _passed(client: Client, unless_offline: bool) -> bool:
    try:
        flows = run(client, prepare(client, LOCAL))
    except UnreachableError as problem:
        _say(f"{'left out' if unless_offline else 'FAILED'}  {client.name}: no registry answers")
        _say(str(problem))
        return unless_offline
    except InstallError as problem:
        _say(f"FAILED  {client.name}: its packages cannot be installed\n{problem}")
        return False
    for flow in flows:
        _say(_line(client, flow))
    passed = sum(not flow.problem for flow in flows)
    _say(f"{client.name}: {passed} of {len(flows)} flows passed")
    return bool(flows) and passed == len(flows)


def _line(client: Client, flow: Flow) -> str:
    if flow.problem:
        return f"FAILED  {client.name}  {flow.name}\n    " + flow.problem.replace("\n", "\n    ")
    return f"passed  {client.name}  {flow.name}  {flow.seconds:.2f} s"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
