"""One run of a client: a sandbox of its own, its flows, and what came of each."""

from __future__ import annotations

import html
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..measure import free_port
from .clients import Client

#: No client takes longer, unless it hangs.
TIMEOUT_SECONDS = 300
#: As long as Stripe's are: some clients look at that.
KEY = "sk_test_ForeignClient000000000000"


@dataclass(frozen=True)
class Flow:
    """What came of one flow of a client; ``problem`` is empty where it passed."""

    name: str
    seconds: float
    problem: str = ""


def prepare(client: Client, local: Path) -> Path:
    """A copy of the client's folder under ``local``, where its packages and its data go."""
    home = local / client.name
    shutil.copytree(Path(__file__).parent / client.name, home, dirs_exist_ok=True)
    return home


def run(client: Client, home: Path) -> list[Flow]:
    """Run all flows of the client.

    Raises ``UnreachableError`` or ``InstallError`` where its packages cannot be had.
    """
    report = home / "report.xml"
    report.unlink(missing_ok=True)
    command = client.command(home, report)
    with _sandbox("--check", *client.sandbox) as address:
        environment = {**os.environ, "SANDBOX": address, "STRIPE_API_KEY": KEY}
        done = subprocess.run(  # noqa: S603 - our own command lines
            command,
            cwd=home,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )
        violations = _violations(address)
    flows = _read(report) if report.exists() else []
    if done.returncode != 0 and not any(flow.problem for flow in flows):
        problem = (done.stdout + done.stderr).strip()[-2000:]
        flows.append(Flow("the run itself", 0.0, problem or f"exit status {done.returncode}"))
    if violations:
        flows.append(Flow("all as Stripe describes it", 0.0, violations))
    return flows


def _violations(address: str) -> str:
    """What the sandbox gave or took that Stripe does not describe; refusals are part of flows."""
    with urllib.request.urlopen(f"{address}/_sandbox/violations") as answer:  # noqa: S310
        found = json.load(answer)["data"]
    return "\n".join(json.dumps(one) for one in found if one["side"] != "refusal")


@contextmanager
def _sandbox(*options: str) -> Iterator[str]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "stripe_sandbox", "--port", str(port), *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - ourselves
    try:
        _wait_for(address)
        yield address
    finally:
        process.terminate()
        process.wait()


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 15
    while True:
        try:
            urllib.request.urlopen(f"{address}/_sandbox/clock", timeout=5).close()  # noqa: S310
            return
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _read(report: Path) -> list[Flow]:
    """The flows out of a JUnit report."""
    cases = ElementTree.parse(report).iter("testcase")  # noqa: S314 - written by our own run
    return [_flow(case) for case in cases]


def _flow(case: ElementTree.Element) -> Flow:
    bad = [child for child in case if child.tag in ("failure", "error", "skipped")]
    # Node's reporter escapes its messages twice.
    said = [html.unescape(child.get("message") or child.text or child.tag) for child in bad]
    return Flow(case.get("name", "?"), float(case.get("time", 0)), "\n".join(said).strip())
