"""R21: right coupon codes may be tried without end, wrong ones a few times."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from catalog.models import Product
from catalog.tests.factories import make_product
from common.models import ThrottleWindow
from payments.services import coupon_tries
from payments.tests.api.support import data, refusal
from payments.tests.factories import api_client, cart_body, make_coupon, make_gateway

QUOTE = "/payments/rental-orders/quote/"
CREATE = "/payments/rental-orders/create_from_cart/"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coupon_tries, "WRONG_PER_CUSTOMER", 3)
    monkeypatch.setattr(coupon_tries, "WRONG_PER_PEER", 5)


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.com")


@pytest.fixture
def tent() -> Product:
    make_gateway()
    make_coupon()
    return make_product(name="Tent")


@pytest.fixture
def ask(tent: Product) -> Callable[..., Any]:
    def ask(customer: User, code: str, url: str = QUOTE, **headers: Any) -> Any:
        body = cart_body((tent, 1), coupon_code=code)
        return api_client(customer).post(url, body, format="json", **headers)

    return ask


Ask = Callable[..., Any]


def test_who_guesses_has_to_wait(alice: User, ask: Ask) -> None:
    for code in ("AAA", "BBB", "CCC"):
        refusal(ask(alice, code), 400, "invalid")
    for url in (QUOTE, CREATE):
        answer = ask(alice, "SUMMER", url)  # a right one, too, or guessing would go on
        refused = refusal(answer, 429, "too_many_requests")
        assert "coupon" in refused["message"]
        assert set(refused["errors"]) == {"coupon_code"}
        assert 3500 < int(answer["Retry-After"]) <= 3600
    data(ask(alice, ""))
    ThrottleWindow.objects.update(expires_at=F("expires_at") - timedelta(hours=1))
    data(ask(alice, "SUMMER"))


def test_guesses_count_wherever_a_code_is_tried(alice: User, ask: Ask) -> None:
    for code, url in (("AAA", CREATE), ("BBB", QUOTE), ("CCC", CREATE)):
        refusal(ask(alice, code, url), 400, "invalid")
    refusal(ask(alice, "DDD", CREATE), 429, "too_many_requests")


def test_honest_quotes_are_never_limited(alice: User, ask: Ask) -> None:
    """However many; codes that cannot be used now are no guesses, and only mistakes are counted."""
    make_coupon(code="GONE", max_redemptions=0)
    make_coupon(code="OVER", ends_at=timezone.now())
    for code in ("SUMER", "SUMMR"):
        refusal(ask(alice, code), 400, "invalid")
    for _ in range(12):
        data(ask(alice, "summer"))
        data(ask(alice, ""))
        for code in ("GONE", "OVER"):
            refusal(ask(alice, code), 409, "coupon_not_usable")
    assert sorted(ThrottleWindow.objects.values_list("count", flat=True)) == [2, 2]


def test_many_accounts_of_one_address_are_one_who_guesses(ask: Ask) -> None:
    guessers = [make_user() for _ in range(2)]
    for number in range(5):
        refusal(ask(guessers[number % 2], f"CODE-{number}"), 400, "invalid")
    refusal(ask(make_user(), "SUMMER"), 429, "too_many_requests")
    data(ask(make_user(), "SUMMER", REMOTE_ADDR="203.0.113.9"))


def test_what_one_tries_after_his_own_limit_does_not_count_against_his_neighbours(
    alice: User, ask: Ask
) -> None:
    for number in range(9):
        ask(alice, f"CODE-{number}")
    data(ask(make_user(), "SUMMER"))


def test_one_more_than_allowed_is_refused_even_if_it_was_let_in_before_the_others_were_counted(
    alice: User, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guesses at the same instant: all look before any is counted."""
    monkeypatch.setattr(coupon_tries, "check", lambda *args, **limit: None)
    answers = [ask(alice, f"CODE-{number}").status_code for number in range(5)]
    assert answers == [400, 400, 400, 429, 429]


def test_without_a_coupon_nothing_is_asked_of_the_counters(alice: User, ask: Ask) -> None:
    with CaptureQueriesContext(connection) as asked:
        data(ask(alice, ""))
    assert not [query for query in asked.captured_queries if "throttle" in str(query["sql"])]
    with CaptureQueriesContext(connection) as asked:
        data(ask(alice, "SUMMER"))
    counters = [query["sql"] for query in asked.captured_queries if "throttle" in str(query["sql"])]
    assert [sql.lstrip()[:6] for sql in counters] == ["SELECT", "SELECT"]
