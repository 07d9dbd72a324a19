"""What is sent to change an order, and how a change is shown, before and after."""

from typing import Any

from rest_framework import serializers

from common.api.serializers import AwareDateTimeField, PlainTextField, StrictSerializer, iso_utc
from common.money import to_decimal
from payments.domain.changes import ChangeKind
from payments.domain.states import ChangeStatus
from payments.models import OrderChange, RentalOrder, RentalOrderItem
from payments.serializers.adjustments import AdjustmentSerializer, adjustments_by_product
from payments.serializers.carts import MAX_LINES, CartItemSerializer
from payments.serializers.order_items import RentalOrderItemSerializer
from payments.serializers.refunds import StrictBooleanField, TotalField
from payments.services.change_application import thawed
from payments.services.change_plans import Wanted
from payments.services.change_rooms import Room
from payments.services.changes import ChangePreview
from payments.services.quotes import CartLine


class _AnyChangeSerializer(StrictSerializer):
    preview = StrictBooleanField(
        required=False, default=False, help_text="Only answer what would be; change nothing."
    )
    expected_total = TotalField(
        required=False,
        help_text="The new total as it was previewed; another one is refused (`price_changed`).",
    )
    pay_later = StrictBooleanField(
        required=False,
        default=False,
        help_text="Staff only: apply a dearer change at once; the difference is a balance due.",
    )
    give_everything_back = StrictBooleanField(
        required=False,
        default=False,
        help_text="Staff only: keep nothing of what is given up, whatever the policy says.",
    )
    reason = PlainTextField(
        required=False, allow_blank=True, default="", max_length=200, help_text="For the history."
    )

    def wanted(self, kind: ChangeKind) -> Wanted:
        values = self.validated_data
        lines = values.get("cart_items")
        return Wanted(
            kind=kind,
            start=values.get("rental_start_date"),
            end=values.get("rental_end_date"),
            lines=lines and [CartLine(line["product_id"], line["quantity"]) for line in lines],
            everything_back=values["give_everything_back"],
            adjustments=adjustments_by_product(values.get("adjustments", [])),
            expected_total=values.get("expected_total"),
        )


class ExtendSerializer(_AnyChangeSerializer):
    rental_end_date = AwareDateTimeField()


class ShortenSerializer(_AnyChangeSerializer):
    rental_start_date = AwareDateTimeField(required=False, help_text="Before the pickup only.")
    rental_end_date = AwareDateTimeField(required=False)


class ChangeSerializer(_AnyChangeSerializer):
    """What is not named stays as it is; `cart_items` are all lines as they shall be."""

    cart_items = CartItemSerializer(  # type: ignore[call-arg]
        many=True, required=False, allow_empty=False, max_length=MAX_LINES
    )
    rental_start_date = AwareDateTimeField(required=False)
    rental_end_date = AwareDateTimeField(required=False)
    adjustments = AdjustmentSerializer(  # type: ignore[call-arg]
        many=True,
        required=False,
        max_length=MAX_LINES,
        help_text="Staff only: prices changed by hand. What was agreed on before stays.",
    )


class InTheWaySerializer(serializers.Serializer[Any]):
    order_number = serializers.CharField()
    quantity = serializers.IntegerField()
    starts_at = AwareDateTimeField()
    ends_at = AwareDateTimeField()


class RoomSerializer(serializers.Serializer[Room]):
    """What is free for a change, the order's own units included."""

    product_id = serializers.UUIDField(source="product.pk")
    product_name = serializers.CharField(source="product.name")
    quantity = serializers.IntegerField(help_text="Needed; of a kit its parts.")
    available_quantity = serializers.IntegerField()
    is_available = serializers.BooleanField()
    message = serializers.CharField(help_text="What is missing, in a sentence; else empty.")
    collisions = InTheWaySerializer(many=True, help_text="For staff: whose the units are.")


class OrderChangeSerializer(serializers.Serializer[Any]):
    """A change of an order, or the preview of one; amounts in the order's currency."""

    change_id = serializers.UUIDField(allow_null=True, help_text="Null in a preview.")
    kind = serializers.ChoiceField(ChangeKind.choices())
    status = serializers.ChoiceField(
        ChangeStatus.choices(),
        allow_null=True,
        help_text="Null in a preview. PENDING: it waits for its payment at `checkout_url`.",
    )
    currency = serializers.CharField()
    rental_start_date = AwareDateTimeField()
    rental_end_date = AwareDateTimeField()
    items = RentalOrderItemSerializer(many=True, help_text="The lines as they become.")
    old_total_amount = serializers.CharField()
    total_amount = serializers.CharField(help_text="Rent, tax, fees and the charged deposit.")
    difference_amount = serializers.CharField(help_text="Below zero: the order becomes cheaper.")
    fee_amount = serializers.CharField(help_text="What the shop keeps of what is given up.")
    pay_amount = serializers.CharField(
        help_text="What is to be paid for it; of an unpaid order, the new total."
    )
    pay_by = AwareDateTimeField(allow_null=True, help_text="Until when it can be paid.")
    checkout_url = serializers.CharField(allow_null=True)


class ChangePreviewSerializer(OrderChangeSerializer):
    percent_back = serializers.IntegerField(help_text="Of what is given up, by the policy.")
    refund_amount = serializers.CharField(help_text="What would go back to where it came from.")
    is_available = serializers.BooleanField(help_text="Whether every line could be had now.")
    availability = RoomSerializer(many=True)


def shown_change(change: OrderChange) -> dict[str, Any]:
    """A change that was asked for."""
    before, after = thawed(RentalOrder, change.before), thawed(RentalOrder, change.after)
    items = [thawed(RentalOrderItem, values) for values in change.lines]
    page = change.page
    pay_minor = after.due_minor if change.is_of_unpaid_order else change.difference_minor
    return _shown(before, after, items, change.difference_minor, change.fee_minor, pay_minor) | {
        "change_id": str(change.pk),
        "kind": change.kind,
        "status": change.status,
        "pay_by": iso_utc(page.payable_until) if page and page.payable_until else None,
        "checkout_url": (page and page.checkout_url) or None,
    }


def shown_change_preview(preview: ChangePreview) -> dict[str, Any]:
    """What a change would be."""
    plan = preview.plan
    return _shown(
        plan.order,
        plan.after,
        plan.items,
        plan.difference_minor,
        plan.fee_minor,
        preview.pay_minor,
    ) | {
        "change_id": None,
        "kind": plan.kind.value,
        "status": None,
        "pay_by": None,
        "checkout_url": None,
        "percent_back": plan.percent,
        "refund_amount": str(to_decimal(preview.refund_minor, plan.order.currency)),
        "is_available": preview.is_available,
        "availability": [RoomSerializer(room).data for room in preview.rooms],
    }


def _shown(
    before: RentalOrder,
    after: RentalOrder,
    items: list[RentalOrderItem],
    difference_minor: int,
    fee_minor: int,
    pay_minor: int,
) -> dict[str, Any]:
    def shown(amount_minor: int) -> str:
        return str(to_decimal(amount_minor, after.currency))

    for item in items:
        item.order = after
    return {
        "currency": after.currency,
        "rental_start_date": iso_utc(after.rental_start_date),
        "rental_end_date": iso_utc(after.rental_end_date),
        "items": RentalOrderItemSerializer(items, many=True).data,
        "old_total_amount": shown(before.due_minor),
        "total_amount": shown(after.due_minor),
        "difference_amount": shown(difference_minor),
        "fee_amount": shown(fee_minor),
        "pay_amount": shown(max(0, pay_minor)),
    }
