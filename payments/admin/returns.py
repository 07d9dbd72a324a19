"""What staff do with orders at pickup and return, as actions of the list of orders."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse

from accounts.models import User
from payments.admin.asking import (
    AsksFirst,
    ClaimForm,
    HandOverForm,
    SettleDepositForm,
    TakeBackForm,
    UndoTakeBackForm,
    answers,
)
from payments.domain.deposits import ClaimKind
from payments.models import RentalOrder
from payments.models.orders import RentalOrderQuerySet
from payments.services import claims, rental, undo
from payments.services.deposits import settle_deposit
from payments.services.journal import Actor


class ReturnActions(AsksFirst):
    """Actions that ask first; each order is a transaction of its own."""

    @admin.action(permissions=["operate"], description="Hand over")
    def hand_over(self, request: HttpRequest, rows: RentalOrderQuerySet) -> TemplateResponse | None:
        return self._do(request, rows, "hand_over", HandOverForm, rental.hand_over)

    @admin.action(permissions=["operate"], description="Take back")
    def take_back(self, request: HttpRequest, rows: RentalOrderQuerySet) -> TemplateResponse | None:
        return self._do(request, rows, "take_back", TakeBackForm, rental.take_back)

    @admin.action(permissions=["operate"], description="Undo a return noted by mistake")
    def undo_take_back(
        self, request: HttpRequest, rows: RentalOrderQuerySet
    ) -> TemplateResponse | None:
        return self._do(request, rows, "undo_take_back", UndoTakeBackForm, undo.undo_take_back)

    @admin.action(permissions=["operate"], description="Settle the deposit")
    def settle_deposit(
        self, request: HttpRequest, rows: RentalOrderQuerySet
    ) -> TemplateResponse | None:
        return self._do(request, rows, "settle_deposit", SettleDepositForm, settle_deposit)

    @admin.action(permissions=["operate"], description="Claim for damage, cleaning or delay")
    def claim(self, request: HttpRequest, rows: RentalOrderQuerySet) -> TemplateResponse | None:
        form = ClaimForm(answers(request))
        if page := self.ask(request, rows, "claim", form):
            return page
        said = form.cleaned_data
        wanted = claims.Wanted(ClaimKind(said["kind"]), said["amount"], said["reason"])
        staff = cast(User, request.user)
        self.for_each(
            request,
            rows,
            lambda order: claims.make_claim(order_id=order.pk, wanted=wanted, staff=staff),
            "Claims made",
        )
        return None

    def _do(
        self,
        request: HttpRequest,
        rows: RentalOrderQuerySet,
        action: str,
        form_class: type[forms.Form],
        service: Callable[..., Any],
    ) -> TemplateResponse | None:
        """Ask by the form, whose answers are arguments of the service, and do it to each order."""
        form = form_class(answers(request))
        if page := self.ask(request, rows, action, form):
            return page
        actor = Actor.of(cast(User, request.user))

        def act(order: RentalOrder) -> None:
            service(order_id=order.pk, actor=actor, **form.cleaned_data)

        self.for_each(request, rows, act, "Orders done")
        return None
