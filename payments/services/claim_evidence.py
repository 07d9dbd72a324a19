"""Files that show what a claim is about."""

from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import User
from payments.models import Claim, ClaimEvidence
from payments.services.files import check_room, keep_file
from payments.services.journal import Actor, record
from payments.services.lifecycle import lock_order


def add_evidence(*, claim_id: UUID, upload: "UploadedFile[bytes]", staff: User) -> ClaimEvidence:
    """Store a file with a claim. Raises InvalidInput (see `keep_file`) and TooMuchEvidence."""
    return keep_file(upload, lambda columns: _write(claim_id, columns, staff))


def _write(claim_id: UUID, columns: dict[str, Any], staff: User) -> ClaimEvidence:
    with transaction.atomic(durable=True):
        order = lock_order(Claim.objects.values_list("order_id", flat=True).get(pk=claim_id))
        check_room(ClaimEvidence.objects.filter(claim=claim_id).count())
        evidence = ClaimEvidence.objects.create(claim_id=claim_id, added_by=staff, **columns)
        record(order, "claim.evidence", Actor.of(staff), claim=str(claim_id))
    return evidence
