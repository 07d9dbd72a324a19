"""Documents of an order: the list of them, and the request for one."""

from rest_framework import serializers

from common.api.serializers import AwareDateTimeField, MoneyField, OneOfField, StrictSerializer
from payments.domain.documents import DocumentKind
from payments.models import Document


class DocumentSerializer(serializers.ModelSerializer[Document]):
    total_amount = MoneyField(
        source="total_minor",
        help_text="Rent, tax and claims, below zero on a credit note; what was paid on a receipt.",
    )
    corrects_id = serializers.UUIDField(
        read_only=True, allow_null=True, help_text="The invoice that a credit note takes back."
    )
    issued_at = AwareDateTimeField(read_only=True)

    class Meta:
        model = Document
        fields = [
            "id",
            "kind",
            "number",
            "total_amount",
            "currency",
            "corrects_id",
            "sha256",
            "issued_at",
        ]
        read_only_fields = fields


class DocumentRequestSerializer(StrictSerializer):
    kind = OneOfField(choices=DocumentKind.choices())
