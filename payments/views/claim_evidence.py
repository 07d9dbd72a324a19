"""Evidence of a claim: staff add files, the order's owner sees them, and nobody else does."""

from uuid import UUID

from django.http import FileResponse
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.envelope import documented, envelope_of, ok
from payments.models import ClaimEvidence
from payments.serializers import ClaimEvidenceSerializer
from payments.services.claim_evidence import add_evidence
from payments.views.deposits import ClaimsView
from payments.views.files import (
    FILE_ERRORS,
    FILE_FORM,
    FILE_RULES,
    TakesFiles,
    documented_file,
    handed_out,
    uploaded,
)


class ClaimEvidenceView(TakesFiles, ClaimsView):
    serializer_class = ClaimEvidenceSerializer

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
        errors=FILE_ERRORS,
        request=FILE_FORM,
        description=FILE_RULES,
    )
    def post(self, request: Request, pk: str, claim_id: UUID) -> Response:
        claim = self.get_claim(claim_id)
        evidence = add_evidence(claim_id=claim.pk, upload=uploaded(request), staff=self.user)
        return ok(ClaimEvidenceSerializer(evidence).data, "Evidence added", status=201)


class EvidenceFileView(ClaimsView):
    serializer_class = ClaimEvidenceSerializer

    @documented_file("One file of evidence")
    def get(self, request: Request, pk: str, claim_id: UUID, evidence_id: UUID) -> FileResponse:
        claim = self.get_claim(claim_id)
        return handed_out(get_object_or_404(ClaimEvidence, pk=evidence_id, claim=claim))
