"""What comes back when an order is cancelled (domain rule D5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from common.money import round_minor


@dataclass(frozen=True)
class Policy:
    """Ordered from long to short notice: (minimum notice, percent of rent and tax given back)."""

    tiers: tuple[tuple[timedelta, int], ...]

    def percent_back(self, notice: timedelta) -> int:
        return next((percent for minimum, percent in self.tiers if notice >= minimum), 0)

    def as_json(self) -> list[dict[str, int]]:
        """For keeping on the order: a later change of the shop's policy does not touch it."""
        return [
            {"min_notice_hours": int(minimum.total_seconds() // 3600), "percent_back": percent}
            for minimum, percent in self.tiers
        ]

    @classmethod
    def from_json(cls, rows: list[dict[str, Any]]) -> "Policy":
        return cls(
            tuple((timedelta(hours=row["min_notice_hours"]), row["percent_back"]) for row in rows)
        )


DEFAULT_POLICY: Final = Policy(((timedelta(days=7), 100), (timedelta(hours=48), 50)))


def amount_kept(
    *, policy: Policy, total_minor: int, currency: str, starts_at: datetime, now: datetime
) -> int:
    """The part of `total_minor` (rent and tax, never the deposit) that the shop keeps."""
    percent = 100 - policy.percent_back(starts_at - now)
    return round_minor(Decimal(total_minor) * percent / 100, currency)
