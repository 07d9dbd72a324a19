"""Where billing periods end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from stripe_sandbox.resources.periods import boundary, end_of


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("anchor", "interval", "count", "start", "end"),
    [
        ("2026-01-31T10:00", "month", 1, "2026-01-31T10:00", "2026-02-28T10:00"),
        ("2026-01-31T10:00", "month", 1, "2026-02-28T10:00", "2026-03-31T10:00"),
        ("2026-01-31T10:00", "month", 1, "2026-03-31T10:00", "2026-04-30T10:00"),
        ("2024-02-29T00:00", "year", 1, "2024-02-29T00:00", "2025-02-28T00:00"),
        ("2024-02-29T00:00", "year", 1, "2027-02-28T00:00", "2028-02-29T00:00"),
        ("2026-11-15T08:30", "month", 3, "2026-11-15T08:30", "2027-02-15T08:30"),
        ("2026-01-01T00:00", "week", 2, "2026-01-15T00:00", "2026-01-29T00:00"),
        ("2026-01-01T00:00", "day", 10, "2026-01-05T00:00", "2026-01-11T00:00"),
        ("2026-01-31T10:00", "month", 1, "2029-12-31T10:00", "2030-01-31T10:00"),
    ],
)
def test_a_period_ends_on_the_anchors_day_or_the_months_last(
    anchor: str, interval: str, count: int, start: str, end: str
) -> None:
    recurring = {"interval": interval, "interval_count": count}
    assert end_of(at(anchor), recurring, at(start)) == at(end)


def test_boundaries_go_back_as_well() -> None:
    monthly = {"interval": "month", "interval_count": 1}
    assert boundary(at("2026-03-31T00:00"), monthly, -1) == at("2026-02-28T00:00")
