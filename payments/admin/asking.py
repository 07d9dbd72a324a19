"""Actions that ask something before they do it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest
from django.template.response import TemplateResponse

from payments.admin.base import ReadOnlyAdmin, Row
from payments.domain.deposits import ClaimKind


class AsksFirst(ReadOnlyAdmin):
    """Has actions that ask by a form, whose docstring is the title of the page."""

    def ask(
        self, request: HttpRequest, rows: Iterable[Row], action: str, form: forms.Form
    ) -> TemplateResponse | None:
        """The page that asks; None once `form` is answered, and then its `cleaned_data` counts."""
        if "confirmed" in request.POST and form.is_valid():
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": form.__doc__,
            "opts": self.opts,
            "rows": rows,
            "form": form,
            "action": action,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/payments/ask.html", context)


def answers(request: HttpRequest) -> Any:
    """What was sent with the form, or nothing when the page was not shown yet."""
    return request.POST if "confirmed" in request.POST else None


class RefundForm(forms.Form):
    """Refund these orders?"""

    amount = forms.DecimalField(
        required=False,
        min_value=0,
        max_digits=13,
        decimal_places=3,
        help_text="Of each order, in its currency. Empty: everything that is left.",
    )
    reason = forms.CharField(max_length=200, help_text="The customer sees it.")


class ReleaseForm(forms.Form):
    """Let these payments in? The payment service is asked what it has, and the orders are settled
    by that: too much goes back in part, too little ends the order and goes back whole."""


class GiveBackForm(forms.Form):
    """Give all of these payments back?"""

    reason = forms.CharField(max_length=200, help_text="The customer sees it.")


class NoShowForm(forms.Form):
    """Nobody came for these orders? Their units are free then, and the deposit goes back."""


class HandOverForm(forms.Form):
    """Have the customers taken these orders?"""

    without_deposit = forms.BooleanField(
        required=False, label="Even if the deposit is not secured yet"
    )


class TakeBackForm(forms.Form):
    """Is everything of these orders that was out back?"""

    release_rest = forms.BooleanField(
        required=False, label="Nobody will pick up what was not picked up"
    )


class UndoTakeBackForm(forms.Form):
    """Are these orders still out, and the return was noted by mistake?"""

    reason = forms.CharField(max_length=200, help_text="For the history.")


class UndoMovementForm(forms.Form):
    """Were these scans mistakes?"""

    reason = forms.CharField(max_length=200, help_text="For the history.")


class OutOfServiceForm(forms.Form):
    """Take these units out of service, from now on?"""

    until = forms.SplitDateTimeField(
        required=False,
        help_text="Empty: until they are put back.",
        widget=forms.SplitDateTimeWidget(date_attrs={"type": "date"}, time_attrs={"type": "time"}),
    )
    note = forms.CharField(required=False, max_length=200)


class WithdrawClaimForm(forms.Form):
    """Ask for these claims no more?"""

    reason = forms.CharField(max_length=200, help_text="For the history.")


class ClaimForm(forms.Form):
    """Claim an amount of these orders?"""

    kind = forms.ChoiceField(choices=ClaimKind.choices())
    amount = forms.DecimalField(
        min_value=Decimal("0.001"),
        max_digits=13,
        decimal_places=3,
        help_text="Of each order, in its currency.",
    )
    reason = forms.CharField(max_length=500, help_text="The customer sees it.")


class SettleDepositForm(forms.Form):
    """Take the open claims from the deposits of these orders, and give the rest back?"""


class PaidByHandForm(forms.Form):
    """Close these refunds as paid by hand?"""

    reference = forms.CharField(
        max_length=200, help_text="Of the bank transfer or the receipt, for the history."
    )
