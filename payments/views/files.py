"""What the endpoints of stored files share: how one comes in, and how one is handed out."""

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from catalog.images import MAX_BYTES
from common.api.envelope import ERRORS
from common.api.parsers import BodyTooLarge
from common.errors import NotFound
from payments.models.files import StoredFile
from payments.serializers import EvidenceFileSerializer
from payments.views.of_an_order import StaffWrites

Handler = TypeVar("Handler", bound=Callable[..., Any])

FILE_ERRORS: Final = (400, 401, 403, 404, 409, 413, 415)
FILE_FORM: Final = {"multipart/form-data": EvidenceFileSerializer}
FILE_RULES: Final = (
    "Staff only. A JPEG, PNG or WebP picture, which is re-encoded without its metadata, or a PDF"
    " document; up to 10 MB."
)
_FORM: Final = 64 * 1024  # what a form needs beside its file


class TakesFiles(StaffWrites):
    """Files of something of an order: staff add them, its owner sees them, and nobody else."""

    parser_classes = [MultiPartParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """What is announced as too large is refused before a byte of it is read."""
        announced = request.META.get("CONTENT_LENGTH") or "0"
        if announced.isdecimal() and int(announced) > MAX_BYTES + _FORM:
            raise BodyTooLarge
        super().initial(request, *args, **kwargs)


def uploaded(request: Request) -> "UploadedFile[bytes]":
    """The file of the form. Raises ValidationError."""
    body = EvidenceFileSerializer(data=request.data)
    body.is_valid(raise_exception=True)
    return cast("UploadedFile[bytes]", body.validated_data["file"])


def documented_file(summary: str) -> Callable[[Handler], Handler]:
    decorate: Callable[[Handler], Handler] = extend_schema(
        summary=summary,
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            **{status: ERRORS[status] for status in (401, 404)},
        },
    )
    return decorate


def handed_out(stored: StoredFile) -> FileResponse:
    """The file, to be saved and never shown in our pages. Raises NotFound if it is gone."""
    try:
        content = stored.file.open("rb")
    except FileNotFoundError:
        raise NotFound from None
    return FileResponse(
        content,
        as_attachment=True,
        filename=stored.name,
        content_type=stored.content_type,
        headers={
            "Cache-Control": "private, no-store",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )
