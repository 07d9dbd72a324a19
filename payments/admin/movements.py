"""What went out and came back, and which units they were."""

from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from accounts.models import User
from payments.admin.asking import AsksFirst, UndoMovementForm, answers
from payments.admin.base import ReadOnlyAdmin, ReadOnlyInline
from payments.models import Movement, MovementPhoto, UnitBinding
from payments.services.journal import Actor
from payments.services.undo import undo_movement


class PhotoInline(ReadOnlyInline):
    model = MovementPhoto
    fields = ["name", "content_type", "size", "created_at"]
    show_change_link = True


@admin.register(Movement)
class MovementAdmin(AsksFirst):
    list_display = ["at", "order", "item", "kind", "quantity", "condition", "staff", "undone_at"]
    list_filter = ["kind", "condition"]
    list_select_related = ["order", "item", "staff"]
    date_hierarchy = "at"
    search_fields = ["order__order_number", "order__customer__email", "item__product_name"]
    fields = [
        "order",
        "item",
        "kind",
        "quantity",
        "condition",
        "notes",
        "at",
        "staff",
        "undone_at",
        "undone_by",
        "undo_reason",
    ]
    inlines = [PhotoInline]
    actions = ["undo"]

    @admin.action(permissions=["operate"], description="Undo scans that were mistakes")
    def undo(self, request: HttpRequest, rows: "QuerySet[Movement]") -> TemplateResponse | None:
        form = UndoMovementForm(answers(request))
        if page := self.ask(request, rows, "undo", form):
            return page
        actor, reason = Actor.of(cast(User, request.user)), form.cleaned_data["reason"]
        self.for_each(
            request,
            rows.order_by("-at"),
            lambda movement: undo_movement(movement_id=movement.pk, actor=actor, reason=reason),
            "Movements undone",
        )
        return None


@admin.register(MovementPhoto)
class MovementPhotoAdmin(ReadOnlyAdmin):
    list_display = ["movement", "name", "content_type", "size", "added_by", "created_at"]
    list_filter = ["content_type"]
    list_select_related = ["movement", "added_by"]
    date_hierarchy = "created_at"
    search_fields = ["movement__order__order_number", "name"]
    fields = ["movement", "link", "content_type", "size", "added_by", "created_at"]

    @admin.display(description="file")
    def link(self, photo: MovementPhoto) -> str:
        """The API hands it out to whoever may see it; the storage has no addresses."""
        movement = photo.movement
        url = reverse("movement-photo", args=[movement.order_id, movement.pk, photo.pk])
        return format_html('<a href="{}">{}</a>', url, photo.name)


@admin.register(UnitBinding)
class UnitBindingAdmin(ReadOnlyAdmin):
    list_display = ["unit", "item", "bound_at", "released_at"]
    list_select_related = ["unit", "item"]
    date_hierarchy = "bound_at"
    search_fields = ["unit__serial", "item__order__order_number"]
    fields = ["unit", "item", "bound_at", "released_at", "taken_by", "returned_by"]
