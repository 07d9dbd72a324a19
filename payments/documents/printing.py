"""From a document's values to the file. The layout is `letter.typ`; here are words and formats.

Values reach the layout as JSON and in no other way, so nothing that a customer typed is ever read
as markup. The layout sees its own folder only, and no network.
"""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import typst

from payments.documents.wording import letter

_LAYOUT: Final = Path(__file__).parent / "letter.typ"


@dataclass(frozen=True)
class Paper:
    """A document as it is printed. `content` is that of its row; `corrects` a number, or empty."""

    kind: str
    number: str
    issued_at: datetime
    content: Mapping[str, Any]
    corrects: str = ""

    @property
    def issued_on(self) -> str:
        """The day on the shop's wall clock."""
        zone = ZoneInfo(self.content["order"]["time_zone"])
        return self.issued_at.astimezone(zone).date().isoformat()


def print_pdf(paper: Paper) -> bytes:
    """The file. The same paper makes the same bytes.

    The library's threads do not outlive a fork: whoever forks does so before printing.
    """
    words = letter(paper.kind, paper.number, paper.issued_on, paper.content, paper.corrects)
    return typst.compile(
        _LAYOUT,
        root=_LAYOUT.parent,
        font_paths=_fonts(),
        ignore_system_fonts=True,  # they are among those below, and read once
        sys_inputs={"letter": json.dumps(_printable(words))},
        format="pdf",
        timestamp=int(paper.issued_at.timestamp()),
    )


@cache
def _fonts() -> typst.Fonts:
    """The library's own, and the system's for scripts that those do not have."""
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True)


def _printable(value: Any) -> Any:
    """Without characters that no paper has: controls, and those that turn the reading order."""
    if isinstance(value, str):
        return "".join(sign for sign in value if _is_printable(sign))
    if isinstance(value, dict):
        return {name: _printable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(part) for part in value]
    return value


_JOINERS: Final = "\u200c\u200d"  # letters of some scripts, and of emoji, need them


def _is_printable(sign: str) -> bool:
    return sign in f"\n{_JOINERS}" or unicodedata.category(sign) not in ("Cc", "Cf", "Cn", "Cs")
