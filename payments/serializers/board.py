"""The board of a day, with the way to do what each entry asks for."""

from typing import Any, Final

from django.urls import reverse
from rest_framework import serializers

from common.api.serializers import AwareDateTimeField, DayField, MoneyField, StrictSerializer
from payments.domain.board import Work
from payments.domain.holds import DepositStatus
from payments.services.board import Board
from payments.services.board_entries import Entry, Section

# The endpoint that does what an entry asks for, and the model in whose admin it is done.
_ORDER: Final = "rentalorder"
_WAYS: Final = {
    Work.PICKUP: ("order-hand-over", _ORDER),
    Work.RETURN: ("order-take-back", _ORDER),
    Work.OVERDUE: ("order-take-back", _ORDER),
    Work.HOLD_ENDS: ("order-settle-deposit", _ORDER),
    Work.UNPAID: ("rental-order-detail", _ORDER),
    Work.REFUND_IN_TRANSIT: ("rental-order-resync", _ORDER),
    Work.NOT_PICKED_UP: ("rental-order-no-show", _ORDER),
    Work.REST_NOT_PICKED_UP: ("order-take-back", _ORDER),
    Work.SHORTAGE: ("rental-order-detail", _ORDER),
    Work.ATTENTION: ("rental-order-detail", _ORDER),
    Work.REFUND_FAILED: ("refund-paid-by-hand", "refund"),
    Work.REFUND_TO_APPROVE: ("refund-approve", "refund"),
    Work.PAYMENT_QUARANTINED: ("payment-release", "payment"),
    Work.DEPOSIT_TO_SETTLE: ("order-settle-deposit", _ORDER),
    Work.DEPOSIT_ACTION: ("order-hold-deposit", _ORDER),
    Work.DISPUTE: ("dispute-evidence", "dispute"),
    Work.FINDING: (None, "reconciliationfinding"),
}


def api_of(entry: Entry) -> str | None:
    """The path of the endpoint that does it; None where only the admin can."""
    name, about = _WAYS[entry.work]
    if name is None:
        return None
    if entry.work is Work.DISPUTE and entry.order:
        return reverse(name, args=[entry.order.pk, entry.subject])
    return reverse(name, args=[_subject(entry, about)])


def admin_of(entry: Entry) -> str:
    """The admin's list with the one row, and the actions that do it."""
    _, about = _WAYS[entry.work]
    return f"{reverse(f'admin:payments_{about}_changelist')}?id__exact={_subject(entry, about)}"


def _subject(entry: Entry, about: str) -> Any:
    """The id of the row in whose admin it is done."""
    return entry.order.pk if about == _ORDER and entry.order else entry.subject


class DayQuerySerializer(StrictSerializer):
    date = DayField(required=False)


class ShortageSerializer(serializers.Serializer[Any]):
    """Units that an order was promised, while too few are left."""

    order_id = serializers.UUIDField()
    order_number = serializers.CharField()
    product_id = serializers.UUIDField()
    product_name = serializers.CharField()
    quantity = serializers.IntegerField()
    short = serializers.IntegerField(help_text="How many units are missing.")
    starts_at = AwareDateTimeField(help_text="Preparation included.")


class BoardUnitsSerializer(serializers.Serializer[Any]):
    product_id = serializers.UUIDField()
    product_name = serializers.CharField()
    quantity = serializers.IntegerField()


class EntrySerializer(serializers.Serializer[Entry]):
    kind = serializers.ChoiceField(choices=Work.choices(), source="work")
    what = serializers.CharField(source="work.what", help_text="What to do, in one sentence.")
    order_id = serializers.UUIDField(source="order.pk", default=None, allow_null=True)
    order_number = serializers.CharField(source="order.order_number", default=None)
    customer_name = serializers.CharField(source="order.customer.get_full_name", default=None)
    at = AwareDateTimeField(
        allow_null=True, help_text="When it is due, or since when it stands; null if nobody said."
    )
    minutes_ago = serializers.SerializerMethodField(
        help_text="How long ago that was; below zero, it is to come."
    )
    note = serializers.CharField(help_text="What the customer or the system says about it.")
    amount = MoneyField(source="amount_minor")
    currency = serializers.CharField()
    deposit_status = serializers.ChoiceField(choices=DepositStatus.choices(), allow_null=True)
    units = BoardUnitsSerializer(many=True, help_text="What goes out, or is out.")
    collisions = ShortageSerializer(
        many=True, help_text="Who needs the units of an overdue order; what an order is short of."
    )
    api = serializers.SerializerMethodField(help_text="The endpoint that does it, if there is one.")
    admin = serializers.SerializerMethodField(help_text="The admin's page for it.")

    def get_minutes_ago(self, entry: Entry) -> int | None:
        if entry.at is None:
            return None
        return int((self.context["as_of"] - entry.at).total_seconds() // 60)

    def get_api(self, entry: Entry) -> str | None:
        return api_of(entry)

    def get_admin(self, entry: Entry) -> str:
        return admin_of(entry)


class SectionSerializer(serializers.Serializer[Section]):
    """The first fifty entries, the most urgent ones, and how many there are in all."""

    count = serializers.IntegerField()
    entries = EntrySerializer(many=True)


class BoardSerializer(serializers.Serializer[Board]):
    date = serializers.DateField(source="day")
    as_of = AwareDateTimeField()
    pickups = SectionSerializer()
    returns = SectionSerializer()
    overdue = SectionSerializer()
    holds_ending = SectionSerializer()
    refunds_in_transit = SectionSerializer()
    tasks = SectionSerializer()
