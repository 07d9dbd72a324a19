"""What customers are told about."""

from string import Formatter
from typing import Final

import pytest

from payments.domain.notices import NOTICE_OF_FACT, NOTICES, Notice
from payments.domain.states import OrderStatus

# What services/notifications.py fills in.
KNOWN: Final = {"name", "number", "shop", "amount", "deposit", "start", "end"}


@pytest.mark.parametrize("notice", NOTICES.values(), ids=str)
def test_a_notice_asks_for_known_values_only_and_greets(notice: Notice) -> None:
    for text in (notice.subject, notice.body):
        assert {name for _, name, _, _ in Formatter().parse(text) if name} <= KNOWN
    assert "{number}" in notice.subject
    assert notice.body.startswith("Hello {name},")
    assert "\n" not in notice.subject


def test_every_fact_that_calls_for_a_notice_has_one() -> None:
    assert set(NOTICE_OF_FACT.values()) == set(NOTICES)


def test_facts_about_orders_are_named_after_statuses() -> None:
    known = {f"order.{status.value.lower()}" for status in OrderStatus}
    assert {fact for fact in NOTICE_OF_FACT if fact.startswith("order.")} <= known


def test_notices_are_kept_short_enough_for_their_column() -> None:
    assert all(len(kind) <= 40 for kind in NOTICES)
