"""…/disputes/{dispute_id}/evidence/: what a bank may be shown about a payment, as a ZIP."""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from django.template.loader import render_to_string
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.permissions import IsStaff
from common.api.envelope import ERRORS
from common.archives import zip_parts
from payments.services.evidence import claim_files, gather_evidence


class DisputeEvidenceView(APIView):
    """Staff hand it in at the payment service before it is due."""

    permission_classes = [IsStaff]

    @extend_schema(
        summary="The evidence for one dispute, as a ZIP",
        description="Staff only. `evidence.html` to read or print, and `evidence.json` with the"
        " same facts: order, lines and prices, terms, claims with their files, timeline, payments,"
        " refunds, messages.",
        responses={
            (200, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY),
            **{status: ERRORS[status] for status in (401, 403, 404)},
        },
    )
    def get(self, request: Request, pk: UUID, dispute_id: UUID) -> StreamingHttpResponse:
        return evidence_response(pk, dispute_id)


def evidence_response(order_id: UUID, dispute_id: UUID) -> StreamingHttpResponse:
    """The bundle for whoever may have it. Raises NotFound."""
    evidence = gather_evidence(order_id, dispute_id)
    name = f"evidence-{evidence['order']['number']}-{evidence['dispute']['dispute_id']}.zip"
    return StreamingHttpResponse(
        zip_parts(chain(_pages(evidence), claim_files(order_id))),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _pages(evidence: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    page = render_to_string("payments/evidence.html", evidence)
    yield "evidence.html", page.encode()
    yield "evidence.json", json.dumps(evidence, indent=2, ensure_ascii=False).encode()
