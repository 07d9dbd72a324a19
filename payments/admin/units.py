"""Units with serial numbers. They are the catalog's, but what may be done with one depends on
whether it is out."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from catalog.models import Unit
from payments.admin.asking import AsksFirst, OutOfServiceForm, answers
from payments.services import unit_service


class PutBackForm(forms.Form):
    """Can these units be rented again, from now on?"""


class RetireForm(forms.Form):
    """Are these units gone for good?"""


@admin.register(Unit)
class UnitAdmin(AsksFirst):
    list_display = ["serial", "product", "status", "notes"]
    list_filter = ["product"]
    list_select_related = ["product"]
    search_fields = ["serial", "product__name", "notes"]
    fields = ["product", "serial", "notes", "status", "retired_at"]
    actions = ["out_of_service", "back_in_service", "retire"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("catalog.add_unit"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("catalog.change_unit"))

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["product", "status", "retired_at"] if obj else ["status", "retired_at"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Unit]":
        return Unit.objects.with_status().select_related("product")

    @admin.display(description="status")
    def status(self, unit: Unit) -> str:
        return unit.status.label

    @admin.action(permissions=["operate"], description="Take out of service")
    def out_of_service(
        self, request: HttpRequest, rows: "QuerySet[Unit]"
    ) -> TemplateResponse | None:
        take_out = unit_service.take_out_of_service
        return self._do(request, rows, "out_of_service", OutOfServiceForm, take_out)

    @admin.action(permissions=["operate"], description="Put back into service")
    def back_in_service(
        self, request: HttpRequest, rows: "QuerySet[Unit]"
    ) -> TemplateResponse | None:
        put_back = unit_service.return_to_service
        return self._do(request, rows, "back_in_service", PutBackForm, put_back)

    @admin.action(permissions=["operate"], description="Retire for good")
    def retire(self, request: HttpRequest, rows: "QuerySet[Unit]") -> TemplateResponse | None:
        return self._do(request, rows, "retire", RetireForm, unit_service.retire_unit)

    def _do(
        self,
        request: HttpRequest,
        rows: "QuerySet[Unit]",
        action: str,
        form_class: type[forms.Form],
        service: Callable[..., Any],
    ) -> TemplateResponse | None:
        """Ask by the form, whose answers are arguments of the service, and do it to each unit."""
        form = form_class(answers(request))
        if page := self.ask(request, rows, action, form):
            return page

        def act(unit: Unit) -> None:
            service(unit_id=unit.pk, **form.cleaned_data)

        self.for_each(request, rows, act, "Units done")
        return None
