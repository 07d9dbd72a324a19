"""When to try again (E07), and when to ask again (D6.2)."""

from datetime import timedelta
from itertools import pairwise

import pytest

from payments.domain.retry import MAX_ATTEMPTS, ask_again, backoff

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("attempts", "longest"),
    [(0, 2), (1, 2), (2, 4), (5, 32), (11, 2048), (12, 3600), (1000, 3600)],
)
def test_the_wait_grows_from_seconds_to_an_hour(attempts: int, longest: int) -> None:
    waits = [backoff(attempts) for _ in range(300)]
    assert min(waits) >= SECOND
    assert max(waits) <= longest * SECOND
    assert max(waits) > longest * SECOND * 0.8


def test_a_herd_spreads_over_the_whole_wait() -> None:
    """E07: three hundred that failed together do not come back together."""
    waits = sorted(backoff(10) for _ in range(300))
    gaps = [after - before for before, after in pairwise(waits)]
    assert waits[30] < 200 * SECOND
    assert waits[-30] > 800 * SECOND
    assert max(gaps) < 100 * SECOND


def test_all_attempts_together_outlast_an_outage_of_hours_and_end_within_a_day() -> None:
    """D11, E06"""
    for _ in range(200):
        whole = sum((backoff(number) for number in range(MAX_ATTEMPTS)), timedelta())
        assert 2 * HOUR < whole < 24 * HOUR


@pytest.mark.parametrize(
    ("age", "wait"),
    [
        (0 * HOUR, HOUR / 12),
        (HOUR - SECOND, HOUR / 12),
        (HOUR, HOUR),
        (24 * HOUR - SECOND, HOUR),
        (24 * HOUR, 24 * HOUR),
        (9999 * HOUR, 24 * HOUR),
    ],
)
def test_what_is_not_final_is_asked_about_after_minutes_hours_and_daily(
    age: timedelta, wait: timedelta
) -> None:
    assert ask_again(age) == wait
