"""POST /payments/<gateway>/webhook/: what payment services tell us (road B)."""

from drf_spectacular.types import OpenApiTypes
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.api.envelope import documented, envelope_of, ok
from payments.services.webhooks import receive


class WebhookView(APIView):
    """Proved by its signature over the raw bytes, so there is no login and no CSRF token."""

    authentication_classes = ()
    permission_classes = [AllowAny]

    @documented(
        "Receive an event of a payment service",
        envelope_of(None, "Webhook"),
        errors=(400, 404, 413, 503),
        request=OpenApiTypes.OBJECT,
        description="`gateway` is the type in lower case, such as `stripe`. Verified by the"
        " signature header over the raw bytes. An event that came before is answered the same.",
    )
    def post(self, request: Request, gateway: str) -> Response:
        # The raw bytes are what is signed, so no parser may touch them first.
        raw = request._request
        receive(gateway.upper(), raw.body, raw.headers)
        return ok(None, "Event received")
