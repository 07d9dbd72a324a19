"""Evidence of a claim: staff add files, the order's owner sees them, and nobody else does."""

from typing import Any, Final, cast
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.images import MAX_BYTES
from common.api.envelope import ERRORS, documented, envelope_of, ok
from common.api.parsers import BodyTooLarge
from common.errors import NotFound
from payments.models import ClaimEvidence
from payments.serializers import ClaimEvidenceSerializer, EvidenceFileSerializer
from payments.services.claim_evidence import add_evidence
from payments.views.deposits import ClaimsView

_FORM: Final = 64 * 1024  # what a form needs beside its file


class ClaimEvidenceView(ClaimsView):
    serializer_class = ClaimEvidenceSerializer
    parser_classes = [MultiPartParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """What is announced as too large is refused before a byte of it is read."""
        announced = request.META.get("CONTENT_LENGTH") or "0"
        if announced.isdecimal() and int(announced) > MAX_BYTES + _FORM:
            raise BodyTooLarge
        super().initial(request, *args, **kwargs)

    @documented(
        "The evidence of a claim",
        envelope_of(ClaimEvidenceSerializer, "Evidence", many=True),
        errors=(401, 404),
        operation_id="payments_rental_orders_claims_evidence_list",
    )
    def get(self, request: Request, pk: str, claim_id: UUID) -> Response:
        found = self.get_claim(claim_id).evidence.all()
        shown = ClaimEvidenceSerializer(found, many=True).data
        return ok(shown, "Evidence retrieved successfully")

    @documented(
        "Add a file to a claim",
        envelope_of(ClaimEvidenceSerializer, "EvidenceAdded"),
        status=201,
        errors=(400, 401, 403, 404, 409, 413, 415),
        request={"multipart/form-data": EvidenceFileSerializer},
        description="Staff only. A JPEG, PNG or WebP picture, which is re-encoded without its"
        " metadata, or a PDF document; up to 10 MB.",
    )
    def post(self, request: Request, pk: str, claim_id: UUID) -> Response:
        claim = self.get_claim(claim_id)
        body = EvidenceFileSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        upload = cast("UploadedFile[bytes]", body.validated_data["file"])
        evidence = add_evidence(claim_id=claim.pk, upload=upload, staff=self.user)
        return ok(ClaimEvidenceSerializer(evidence).data, "Evidence added", status=201)


class EvidenceFileView(ClaimsView):
    serializer_class = ClaimEvidenceSerializer

    @extend_schema(
        summary="One file of evidence",
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            **{status: ERRORS[status] for status in (401, 404)},
        },
    )
    def get(self, request: Request, pk: str, claim_id: UUID, evidence_id: UUID) -> FileResponse:
        claim = self.get_claim(claim_id)
        evidence = get_object_or_404(ClaimEvidence, pk=evidence_id, claim=claim)
        try:
            content = evidence.file.open("rb")
        except FileNotFoundError:
            raise NotFound from None
        return FileResponse(
            content,
            as_attachment=True,
            filename=evidence.name,
            content_type=evidence.content_type,
            headers={
                "Cache-Control": "private, no-store",
                "Content-Security-Policy": "default-src 'none'; sandbox",
            },
        )
