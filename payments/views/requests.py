"""What several endpoints read from a request."""

import re
from typing import Any, Final, cast

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from common.errors import InvalidInput
from common.throttling import peer_of
from payments.domain.period import Period
from payments.serializers import CartSerializer
from payments.services import idempotency
from payments.services.orders import Cart
from payments.services.quotes import CartLine

IDEMPOTENCY_KEY: Final = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Optional, 1 to 255 printable characters. The same request with the same key is"
    " carried out once, however often it is sent within a day.",
)
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")


def read_cart(request: Request) -> Cart:
    """The cart of the body. Raises ValidationError or InvalidInput."""
    serializer = CartSerializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    values = serializer.validated_data
    return Cart(
        lines=[CartLine(line["product_id"], line["quantity"]) for line in values["cart_items"]],
        period=Period(values["rental_start_date"], values["rental_end_date"]),
        notes=values["notes"],
        coupon_code=values["coupon_code"],
        peer=peer_of(request),
    )


def identity_of(request: Request) -> idempotency.Request:
    """What makes the same request the same. Raises InvalidInput for a malformed key (row A02)."""
    key = request.headers.get("Idempotency-Key", "")
    if "Idempotency-Key" in request.headers and not _KEY.fullmatch(key):
        text = "Must be 1 to 255 printable ASCII characters without spaces."
        raise InvalidInput(f"Idempotency-Key: {text}", errors={"Idempotency-Key": [text]})
    body = cast(dict[str, Any], request.data)  # the parser lets nothing else through
    return idempotency.Request.of(key, request.method or "", request.path, body)
