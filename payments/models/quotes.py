"""What staff offer a customer, and until when he may accept it."""

from typing import Self

from django.conf import settings
from django.core import signing
from django.db import models
from django.db.models.functions import Now

from payments.domain.states import OrderStatus
from payments.models.orders import RentalOrder

_SALT = "payments.quote"


class OrderQuoteQuerySet(models.QuerySet["OrderQuote"]):
    def open(self) -> Self:
        """Sent, and to be accepted or declined, by the database's clock."""
        drafts = self.filter(order__status=OrderStatus.DRAFT, sent_at__isnull=False)
        return drafts.filter(expires_at__gte=Now())

    def lapsed(self) -> Self:
        """Neither accepted nor withdrawn in time, by the database's clock."""
        return self.filter(order__status=OrderStatus.DRAFT, expires_at__lt=Now())


class OrderQuote(models.Model):
    """The offer that a draft is. Its customer sees the draft once it was sent.

    The link in the message shows it to whoever has it; the token is signed and cannot be guessed.
    Accepting asks for a login.
    """

    order = models.OneToOneField(
        RentalOrder, on_delete=models.PROTECT, primary_key=True, related_name="quote"
    )
    expires_at = models.DateTimeField(help_text="Until when it can be accepted.")
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrderQuoteQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["expires_at"], name="orderquote_expires")]

    def __str__(self) -> str:
        return f"Quote of {self.order_id}"

    @property
    def token(self) -> str:
        """What its link names it by, now and later: its end stands on the row alone."""
        return signing.Signer(salt=_SALT).sign_object(str(self.order_id))

    @property
    def url(self) -> str:
        """Where whoever has the link sees it."""
        return f"{settings.SITE_URL}/quotes/{self.token}/"

    @classmethod
    def order_id_of(cls, token: str) -> str | None:
        """The order of a token of ours, else None."""
        try:
            return str(signing.Signer(salt=_SALT).unsign_object(token))
        except signing.BadSignature:
            return None
