"""/board/ : the work of a day, for staff."""

from datetime import date, timedelta

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from rest_framework.exceptions import ValidationError

from payments.serializers import DayQuerySerializer
from payments.services.balances import shop_today
from payments.services.board import Board, read_board
from payments.services.board_entries import Section
from storefront.access import customer_of

Sections = list[tuple[str, str, Section]]


@login_required
@require_safe
def board_page(request: HttpRequest) -> HttpResponse:
    if not customer_of(request).is_staff:
        raise Http404
    today = shop_today()
    day = _day(request) or today
    board = read_board(day, timezone.now())
    context = {
        "board": board,
        "is_today": day == today,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "sections": _sections(board, is_today=day == today),
    }
    return render(request, "storefront/board.html", context)


def _day(request: HttpRequest) -> date | None:
    """The day that is asked for; None where it is not one, and then it is today."""
    query = DayQuerySerializer(data=request.GET.dict())
    try:
        query.is_valid(raise_exception=True)
    except ValidationError:
        return None
    day: date | None = query.validated_data.get("date")
    return day


def _sections(board: Board, *, is_today: bool) -> Sections:
    """In the order in which they are worked off; another day has only what goes out and in."""
    moving = [
        ("pickups", "Pickups", board.pickups),
        ("returns", "Returns", board.returns),
    ]
    if not is_today:
        return moving
    return [
        ("overdue", "Overdue", board.overdue),
        *moving,
        ("tasks", "Tasks", board.tasks),
        ("holds", "Ending within 24 hours", board.holds_ending),
        ("refunds", "Refunds on their way", board.refunds_in_transit),
    ]
