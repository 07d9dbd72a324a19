"""Files that show what a claim is about: pictures, always re-encoded, and PDF documents."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.text import get_valid_filename

from accounts.models import User
from catalog.images import MAX_BYTES, reencode
from common.errors import InvalidInput
from payments.domain.errors import TooMuchEvidence
from payments.models import Claim, ClaimEvidence
from payments.models.deposits import evidence_path, evidence_storage
from payments.services.journal import Actor, record
from payments.services.lifecycle import lock_order

MAX_FILES: Final = 20  # of one claim


@dataclass(frozen=True)
class _Content:
    """What is stored, and as what it is served."""

    name: str
    content_type: str
    content: bytes


def add_evidence(*, claim_id: UUID, upload: "UploadedFile[bytes]", staff: User) -> ClaimEvidence:
    """Store a file with a claim.

    Raises InvalidInput for what is neither a picture nor a PDF document, or is too large, and
    TooMuchEvidence.
    """
    found = _read(upload)
    # Stored before the row is written: a storage may be a network away.
    name = evidence_storage().save(evidence_path(None, found.name), File(BytesIO(found.content)))
    try:
        return _write(claim_id, found, name, staff)
    except TooMuchEvidence:
        evidence_storage().delete(name)
        raise


def _write(claim_id: UUID, found: _Content, name: str, staff: User) -> ClaimEvidence:
    with transaction.atomic(durable=True):
        order = lock_order(Claim.objects.values_list("order_id", flat=True).get(pk=claim_id))
        if ClaimEvidence.objects.filter(claim=claim_id).count() >= MAX_FILES:
            raise TooMuchEvidence
        evidence = ClaimEvidence.objects.create(
            claim_id=claim_id,
            file=name,
            name=found.name,
            content_type=found.content_type,
            size=len(found.content),
            added_by=staff,
        )
        record(order, "claim.evidence", Actor.of(staff), claim=str(claim_id))
    return evidence


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
