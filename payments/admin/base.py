"""What the pages of this app share."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from common.errors import RentwellError
from common.money import format_money

Row = TypeVar("Row", bound=Model)


def money_column(field: str, label: str, *, ordering: str | None = None) -> Callable[[Any], str]:
    """A column of minor units in the row's own currency, such as `154.25 EUR`."""

    @admin.display(description=label, ordering=ordering)
    def shown(row: Any) -> str:
        return format_money(getattr(row, field), row.currency)

    return shown


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """Rows that services alone write. Here they are looked at, and actions ask a service.

    A subclass names everything that it shows in `fields`.
    """

    show_full_result_count = False  # these tables grow for years

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """For `permissions=["operate"]`: whoever might change such a row, had it a form."""
        return bool(request.user.has_perm(f"payments.change_{self.opts.model_name}"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return list(self.fields)

    def for_each(
        self, request: HttpRequest, rows: Iterable[Row], act: Callable[[Row], Any], done: str
    ) -> None:
        """Do `act` to each row and tell how it went; one that is refused does not stop the rest."""
        count = 0
        for row in rows:
            try:
                act(row)
                count += 1
            except RentwellError as error:
                self.message_user(request, f"{row}: {error.message}", messages.ERROR)
        if count:
            self.message_user(request, f"{done}: {count}", messages.SUCCESS)


# Each one is a call over the network, while the page waits.
MAX_AT_ONCE = 20


def few_enough(page: ReadOnlyAdmin, request: HttpRequest, rows: QuerySet[Any]) -> bool:
    """Whether an action may call the gateway for each selected row; says so where it may not."""
    if rows.count() <= MAX_AT_ONCE:
        return True
    page.message_user(request, f"Select at most {MAX_AT_ONCE} rows.", messages.ERROR)
    return False


class ReadOnlyInline(TabularInline):  # type: ignore[misc]
    """Rows of an order, on its page."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return list(self.fields)
