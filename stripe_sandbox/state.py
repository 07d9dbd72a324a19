"""``--state FILE``: the books survive a restart.

The file holds a mark, a checksum, and a pickle, which keeps what objects share and takes records as
they are. It is read by a reader that makes plain values and the sandbox's own records only, so a
file from elsewhere cannot run anything.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .sandbox import Sandbox

#: Seconds between savings while something changes.
EVERY = 10.0

_MARK = b"stripe_sandbox state 1\n"
#: What a component has from the settings, or only while the process lives.
_NOT_SAVED = frozenset("_keep _finished _now _sandbox _seed outbox".split())
_PLAIN = {
    ("builtins", "set"),
    ("collections", "OrderedDict"),
    ("collections", "deque"),
    ("random", "Random"),
}


class DamagedStateError(Exception):
    """The file cannot be read as a state; the message is for whoever gave its name."""


class StateFile:
    """A file that holds the books of a sandbox."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._saved_at: object = None

    def load(self, sandbox: Sandbox) -> None:
        """Fill the sandbox from the file, if there is one; raises ``DamagedStateError``."""
        if not self._path.exists():
            return
        try:
            saved = _read(self._path.read_bytes())
            for name, component in components(sandbox).items():
                vars(component).update(saved.get(name, {}))
        except Exception as problem:
            raise DamagedStateError(
                f"{self._path} does not hold a state of the sandbox that can be read ({problem}). "
                "Move it away to start with empty books."
            ) from None
        sandbox.idempotency.forget_unanswered()
        sandbox.webhooks.resume()

    def save(self, sandbox: Sandbox) -> None:
        """Put the books into the file; a crash meanwhile leaves the old file as it was."""
        self._saved_at = _point(sandbox)
        _write(self._path, _snapshot(sandbox))

    async def keep_saving(self, sandbox: Sandbox) -> None:
        """Save now and then, whenever something has changed, until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            if self._saved_at != _point(sandbox):
                self._saved_at = _point(sandbox)
                await asyncio.to_thread(_write, self._path, _snapshot(sandbox))


def components(sandbox: Sandbox) -> dict[str, Any]:
    """All that has a state of its own, by name."""
    return {
        **sandbox.store.collections(),
        "clock": sandbox.clock,
        "agenda": sandbox.agenda,
        "ids": sandbox.ids,
        "journal": sandbox.journal,
        "faults": sandbox.faults,
        "idempotency_keys": sandbox.idempotency,
        "webhooks": sandbox.webhooks,
    }


def _snapshot(sandbox: Sandbox) -> bytes:
    state = {
        name: {key: value for key, value in vars(component).items() if key not in _NOT_SAVED}
        for name, component in components(sandbox).items()
    }
    body = pickle.dumps(state, protocol=pickle.HIGHEST_PROTOCOL)
    return _MARK + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def _point(sandbox: Sandbox) -> object:
    """Something that differs whenever anything worth saving has changed."""
    return (
        sandbox.ids.count,
        sandbox.journal.count,
        sandbox.clock.offset,
        len(sandbox.agenda),
        [rule["id"] for rule in sandbox.faults.as_json()],
    )


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _read(content: bytes) -> dict[str, Any]:
    if not content.startswith(_MARK):
        raise ValueError("it is no such file, or one of another version")
    checksum, _, body = content[len(_MARK) :].partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != checksum:
        raise ValueError("it is damaged")
    state: dict[str, Any] = _Reader(io.BytesIO(body)).load()
    return state


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        ours = module.partition(".")[0] == __package__
        found = super().find_class(module, name) if ours or (module, name) in _PLAIN else None
        if not isinstance(found, type):
            raise pickle.UnpicklingError(f"{module}.{name} has no place in it")
        return found
