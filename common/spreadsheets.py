"""CSV that is safe to open: no cell of ours becomes a formula there (matrix row F12)."""

import csv
import re
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any, Final

_FORMULA: Final = re.compile(r"[=+\-@\t\r]")
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


def cell(value: Any) -> str:
    """`value` as text, with an apostrophe before what a spreadsheet would calculate; a plain
    number stays one, negative ones too."""
    text = "" if value is None else str(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def csv_lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """One line of CSV (RFC 4180) for each row, made as it is asked for."""
    buffer = StringIO()
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([cell(value) for value in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
