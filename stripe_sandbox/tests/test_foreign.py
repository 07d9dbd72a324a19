"""What counts as passed where a foreign client reports (``python -m stripe_sandbox.foreign``)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from stripe_sandbox.foreign.clients import Client
from stripe_sandbox.foreign.environments import InstallError, UnreachableError, run_installer
from stripe_sandbox.foreign.runs import run

REPORT = """<testsuites>
  <testcase name="a card pays" time="0.1"/>
  <testcase name="a card is declined" time="0.2">
    <failure message="paid">it paid</failure>
  </testcase>
  <testcase name="a webhook comes" time="0"><skipped message="not today"/></testcase>
</testsuites>"""


def _client(script: str) -> Client:
    return Client("scripted", lambda home, report: [sys.executable, "-c", script, str(report)])


def test_failed_and_skipped_flows_are_no_passed_ones(tmp_path: Path) -> None:
    script = f"import sys, pathlib; pathlib.Path(sys.argv[1]).write_text({REPORT!r}); sys.exit(1)"

    paid, declined, skipped = run(_client(script), tmp_path)

    assert (paid.name, paid.problem) == ("a card pays", "")
    assert declined.problem == "paid"
    assert skipped.problem == "not today"


def test_a_client_that_breaks_before_its_first_flow_has_failed(tmp_path: Path) -> None:
    (flow,) = run(_client("raise SystemExit('no such module')"), tmp_path)

    assert "no such module" in flow.problem


def test_an_old_report_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT)

    assert run(_client("pass"), tmp_path) == []


def test_a_client_finds_the_sandbox_by_its_address(tmp_path: Path) -> None:
    script = (
        "import os, sys, urllib.request as u;"
        "sys.exit(u.urlopen(os.environ['SANDBOX'] + '/_sandbox/clock').status != 200)"
    )

    assert run(_client(script), tmp_path) == []


@pytest.mark.parametrize(("probe", "expected"), [("0", InstallError), ("1", UnreachableError)])
def test_a_failed_install_is_excused_only_where_the_registry_is_silent(
    tmp_path: Path, probe: str, expected: type[Exception]
) -> None:
    broken = [sys.executable, "-c", "import sys; sys.exit('no such version')"]

    with pytest.raises(expected, match="no such version"):
        run_installer(broken, tmp_path, [sys.executable, "-c", f"import sys; sys.exit({probe})"])
