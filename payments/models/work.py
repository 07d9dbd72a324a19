"""The work row: a committed intent to have one effect outside (architecture, idea 3; rule R1)."""

import uuid
from datetime import datetime, timedelta
from functools import cache
from typing import Final, Self, TypedDict, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from common.prepared import fetch

LEASE = timedelta(seconds=30)


Row = TypeVar("Row", bound="WorkRow")


class WorkQuerySet(models.QuerySet[Row]):
    """Turns of work rows: who holds the lease makes the attempt."""

    def due(self) -> Self:
        """Rows whose time has come and which nobody is working on."""
        return self.filter(next_attempt_at__lte=Now()).filter(
            Q(lease_until=None) | Q(lease_until__lt=Now())
        )


class LeaseLost(Exception):
    """Whoever makes an attempt took too long: another one has the row now."""


class NextAttempt(TypedDict):
    """When a row is to be tried again: so long from now, but at the latest then; or never."""

    again_in: timedelta | None
    at_latest: datetime | None


FINISHED: Final[NextAttempt] = {"again_in": None, "at_latest": None}


class WorkRow(models.Model):
    """What every work row has. `next_attempt_at` is empty when nothing is left to do."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    generation = models.PositiveSmallIntegerField(default=1)
    attempts = models.PositiveIntegerField(default=0)
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    first_sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt; never from a serial number, which repeats elsewhere (R2)."""
        return f"{settings.ENVIRONMENT}:{self.pk}:{self.generation}"

    @property
    def age(self) -> timedelta:
        return timezone.now() - self.created_at

    def take_lease(self) -> bool:
        """Try to become the one who makes the next attempt.

        False when another one is at it, or has meanwhile left nothing to do.
        """
        token = uuid.uuid4()
        taken = (
            type(self)
            ._default_manager.filter(pk=self.pk, next_attempt_at__isnull=False)
            .filter(Q(lease_until=None) | Q(lease_until__lt=Now()))
            .update(lease_token=token, lease_until=Now() + LEASE, attempts=F("attempts") + 1)
        )
        if taken:
            self.refresh_from_db()
        return bool(taken)

    def end_attempt(
        self,
        *,
        again_in: timedelta | None,
        at_latest: datetime | None = None,
        stamp: str = "",
        **values: str | int,
    ) -> bool:
        """Give the lease back, write `values`, and note when to try again, if ever.

        `stamp` names a field that becomes the database's present. False, and nothing written, if
        the lease was lost.
        """
        statement = _end_of_attempt(type(self), tuple(values), stamp)
        when = (again_in, at_latest)
        written = fetch(statement, [*values.values(), *when, self.pk, self.lease_token])
        if not written:
            return False
        self.lease_token = self.lease_until = None
        self.next_attempt_at = written[0][0]
        for name, value in values.items():
            setattr(self, name, value)
        return True


@cache
def _end_of_attempt(model: type[WorkRow], names: tuple[str, ...], stamp: str) -> str:
    changes = [f"{name} = %s" for name in names] + ([f"{stamp} = now()"] if stamp else [])
    return f"""
        UPDATE {model._meta.db_table} SET {"".join(f"{change}, " for change in changes)}
            next_attempt_at = least(now() + %s::interval, %s::timestamptz),
            lease_token = NULL, lease_until = NULL, updated_at = now()
        WHERE id = %s AND lease_token = %s RETURNING next_attempt_at
        """  # noqa: S608 (names of our own fields)
