"""The one table that belongs to no app: the counters of the rate limits."""

from django.db import models


class ThrottleWindow(models.Model):
    """How often something was tried since the window began; see common/throttling.py."""

    key = models.CharField(max_length=64, primary_key=True, editable=False)
    count = models.PositiveIntegerField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "rate limit window"

    def __str__(self) -> str:
        return f"{self.count} until {self.expires_at:%Y-%m-%d %H:%M:%S}"
