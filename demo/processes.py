"""Starting, watching and ending the processes of a demo or an end-to-end test."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

ROOT = Path(__file__).resolve().parent.parent


class DidNotStart(RuntimeError):
    """A process ended or kept silent; the message has the end of its log."""


class Processes:
    """Child processes with a log file each. Leaving the context ends them all, last one first."""

    def __init__(self, environment: dict[str, str], logs: Path) -> None:
        self._environment = environment
        self._logs = logs
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for _, process in reversed(self._running):
            process.terminate()
        for _, process in reversed(self._running):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def start(self, name: str, *arguments: str) -> None:
        """Start `python <arguments>` in the background."""
        with (self._logs / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C is for us; we end our children ourselves
            )
        self._running.append((name, process))

    def run(self, *arguments: str) -> None:
        """Run `python <arguments>` to its end. Raises DidNotStart when it fails."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise DidNotStart(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}"[-4000:])

    def wait_for(self, name: str, url: str, seconds: float = 60) -> None:
        """Wait until `url` answers 200. Raises DidNotStart with the log when it does not."""
        process = dict(self._running)[name]
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if requests.get(url, timeout=2).status_code == 200:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.1)
        raise DidNotStart(f"{name} did not start:\n{self.tail(name)}")

    def tail(self, name: str, lines: int = 30) -> str:
        """The end of a process's log."""
        text = (self._logs / f"{name}.log").read_text(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def dead(self) -> Sequence[str]:
        """Names of processes that have ended by themselves."""
        return [name for name, process in self._running if process.poll() is not None]


def is_free(port: int) -> bool:
    """Whether nobody listens on `port` of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
