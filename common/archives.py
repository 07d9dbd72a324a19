"""ZIP archives that are sent while they are made, so that no more than one file is in memory."""

from collections.abc import Iterable, Iterator
from io import RawIOBase
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile


class _Outbox(RawIOBase):
    """Keeps what is written until it is taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def zip_parts(files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """The bytes of an archive of `files`, each a name and what is in it."""
    outbox = _Outbox()
    with ZipFile(outbox, "w", ZIP_DEFLATED) as archive:  # it never goes back: this is no file
        for name, content in files:
            archive.writestr(name, content)
            yield outbox.take()
    yield outbox.take()
