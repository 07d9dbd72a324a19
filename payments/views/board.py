"""/payments/board/: the work of a day, for staff."""

from datetime import date

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.permissions import IsStaff
from common.api.envelope import documented, envelope_of, ok
from payments.serializers import BoardSerializer, DayQuerySerializer
from payments.services.balances import shop_today
from payments.services.board import read_board


class BoardView(APIView):
    permission_classes = [IsStaff]

    @documented(
        "What a day asks for: pickups, returns, what is overdue or ends soon, and tasks",
        envelope_of(BoardSerializer, "Board"),
        errors=(400, 401, 403),
        parameters=[OpenApiParameter("date", date, description="Today without it.")],
        description="Staff only. Days are those of the shop's calendar. Everything but pickups and"
        " returns is as of now, whatever the day.",
    )
    def get(self, request: Request) -> Response:
        query = DayQuerySerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        now = timezone.now()
        board = read_board(query.validated_data.get("date", shop_today()), now)
        shown = BoardSerializer(board, context={"as_of": now}).data
        return ok(shown, "Board retrieved successfully")
