"""``python -m stripe_sandbox.conformance``: derive ``description.json`` anew, or check it.

Packages and Node.js itself come from registries, into an environment under ``.local``.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from ..foreign.environments import InstallError, UnreachableError, npm

HERE = Path(__file__).parent
LOCAL = Path(".local/conformance").absolute()
_TOOL = (*HERE.glob("*.mjs"), HERE / "package.json", HERE / "package-lock.json")


def main() -> int:
    """Write the description, or say whether the committed one is what would be written."""
    parser = argparse.ArgumentParser(
        prog="python -m stripe_sandbox.conformance", description=__doc__
    )
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    parser.add_argument(
        "--unless-offline", action="store_true", help="succeed where no registry answers"
    )
    wish = parser.parse_args()
    try:
        derived = _derive()
    except UnreachableError as problem:
        sys.stdout.write(f"not derived, no registry answers: {problem}\n")
        return 0 if wish.unless_offline else 1
    except InstallError as problem:
        sys.stdout.write(f"FAILED: the packages cannot be installed\n{problem}\n")
        return 1
    return _compare(derived) if wish.check else _replace(derived)


def _derive() -> Path:
    home = LOCAL / "tool"
    home.mkdir(parents=True, exist_ok=True)
    for file in _TOOL:
        shutil.copy(file, home)
    subprocess.run([npm(home), home / "describe.mjs"], check=True)  # noqa: S603 - ours
    return home / "description.json"


def _replace(derived: Path) -> int:
    shutil.copy(derived, HERE)
    return 0


def _compare(derived: Path) -> int:
    if derived.read_bytes() == (HERE / derived.name).read_bytes():
        sys.stdout.write("description.json is what Stripe's declarations say\n")
        return 0
    sys.stdout.write("FAILED: description.json differs: run make description and commit it\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
