"""Files that staff add: pictures, always re-encoded, and PDF documents (matrix row F14)."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import PurePath
from typing import Any, Final, TypeVar

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import get_valid_filename

from catalog.images import MAX_BYTES, reencode
from common.errors import InvalidInput, RentwellError
from payments.domain.errors import TooMuchEvidence
from payments.models.files import StoredFile, evidence_path, evidence_storage

MAX_FILES: Final = 20  # of one claim, or of one movement

Kept = TypeVar("Kept", bound=StoredFile)


@dataclass(frozen=True)
class _Content:
    """What is stored, and as what it is served."""

    name: str
    content_type: str
    content: bytes


def keep_file(upload: "UploadedFile[bytes]", write: Callable[[dict[str, Any]], Kept]) -> Kept:
    """Store a file, and have `write` make its row of the columns that all files have.

    Raises InvalidInput for what is neither a picture nor a PDF document, or is too large, and what
    `write` raises; then the file is not kept either.
    """
    found = _read(upload)
    # Stored before the row is written: a storage may be a network away.
    name = evidence_storage().save(evidence_path(None, found.name), File(BytesIO(found.content)))
    columns = {key: value for key, value in asdict(found).items() if key != "content"}
    try:
        return write({"file": name, "size": len(found.content), **columns})
    except RentwellError:
        evidence_storage().delete(name)
        raise


def check_room(count: int) -> None:
    """Raises TooMuchEvidence where `count` files are as many as may be."""
    if count >= MAX_FILES:
        raise TooMuchEvidence


def _read(upload: "UploadedFile[bytes]") -> _Content:
    if (upload.size or 0) > MAX_BYTES:
        raise _refused("The file is larger than 10 MB.")
    stem = get_valid_filename(PurePath(upload.name or "").stem[:80] or "evidence")
    content = upload.read()
    if content.startswith(b"%PDF-"):
        return _Content(f"{stem}.pdf", "application/pdf", content)
    try:
        return _Content(f"{stem}.webp", "image/webp", reencode(content))
    except ValidationError:
        raise _refused("Send a JPEG, PNG or WebP picture, or a PDF document.") from None


def _refused(text: str) -> InvalidInput:
    return InvalidInput(f"file: {text}", errors={"file": [text]})
