"""Pages by number, in the envelope."""

import re
from collections.abc import Sequence
from typing import Any, Final, cast

from django.core.paginator import InvalidPage, Page
from django.db.models import QuerySet
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import InvalidInput, NotFound

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


class EnvelopePagination(PageNumberPagination):
    """`?page=` and `?page_size=` (20, at most 100).

    What is not a positive number is a 400, a page beyond the last one a 404. The message is the
    view's `list_message`.
    """

    page_size = 20
    max_page_size = 100
    page_size_query_param = "page_size"
    message = "Retrieved successfully"

    def get_page_size(self, request: Request) -> int:
        return min(_number(request, "page_size", self.page_size), self.max_page_size)

    def paginate_queryset(
        self,
        queryset: QuerySet[Any] | Sequence[Any],
        request: Request,
        view: APIView | None = None,
    ) -> list[Any]:
        """The rows of the page that `request` asks for. Raises InvalidInput or NotFound."""
        self.request = request
        self.message = getattr(view, "list_message", self.message)
        number = _number(request, self.page_query_param, 1)
        paginator = self.django_paginator_class(queryset, self.get_page_size(request))
        try:
            self.page = paginator.page(number)
        except InvalidPage as error:
            raise NotFound("There is no such page.") from error
        return list(self.page)

    def summary(self) -> dict[str, Any]:
        """The `pagination` part of the answer, once `paginate_queryset` has run."""
        page = cast(Page[Any], self.page)
        return {
            "page": page.number,
            "page_size": page.paginator.per_page,
            "total_pages": page.paginator.num_pages,
            "count": page.paginator.count,
            "next": self.get_next_link(),
            "previous": self.get_previous_link(),
        }

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "success": True,
                "message": self.message,
                "data": data,
                "pagination": self.summary(),
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        number = {"type": "integer"}
        pagination = {
            **dict.fromkeys(("page", "page_size", "total_pages", "count"), number),
            **dict.fromkeys(("next", "previous"), link),
        }
        properties = {
            "success": {"type": "boolean"},
            "message": {"type": "string"},
            "data": schema,
            "pagination": {
                "type": "object",
                "properties": pagination,
                "required": list(pagination),
            },
        }
        return {"type": "object", "properties": properties, "required": list(properties)}


def _number(request: Request, name: str, default: int) -> int:
    given = request.query_params.get(name)
    if given is None:
        return default
    if not _NUMBER.fullmatch(given):
        problem = "Must be a positive number."
        raise InvalidInput(f"{name}: {problem}", errors={name: [problem]})
    return int(given)
