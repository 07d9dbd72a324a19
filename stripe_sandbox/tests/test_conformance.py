"""The checker finds each kind of difference from Stripe's description, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from stripe_sandbox.conformance import (
    Violation,
    check_answer,
    check_error,
    check_event,
    check_request,
)
from stripe_sandbox.conformance.left_out import is_left_out
from stripe_sandbox.forms import decode

from .support import KEY, Running, wish

CLOCK: dict[str, Any] = {
    "id": "clock_1",
    "object": "test_helpers.test_clock",
    "created": 1,
    "deletes_after": 2,
    "frozen_time": 3,
    "livemode": False,
    "name": None,
    "status": "ready",
    "status_details": {},
}


def answered(**changes: Any) -> list[Violation]:
    """What is found about a test clock that is as described but for ``changes``."""
    return check_answer("GET", "/v1/test_helpers/test_clocks/clock_1", {**CLOCK, **changes})


def sent(form: str, path: str = "/v1/refunds") -> list[Violation]:
    return check_request("POST", path, decode(form.encode(), b""))


def test_an_answer_as_described_passes() -> None:
    assert answered() == []


def test_a_missing_field_is_found() -> None:
    less = {name: value for name, value in CLOCK.items() if name != "status"}
    found = check_answer("GET", "/v1/test_helpers/test_clocks/clock_1", less)
    assert found == [Violation("status", "is missing")]


def test_an_unknown_field_is_found() -> None:
    assert answered(colour="blue") == [Violation("colour", "is unknown")]


def test_a_wrong_type_is_found() -> None:
    assert answered(created="1") == [
        Violation("created", "is a string, not the integer it should be"),
    ]
    assert answered(livemode=0)[0].place == "livemode"
    assert answered(created=True)[0].place == "created"
    assert answered(created=1.5)[0].place == "created"


def test_a_word_that_is_none_of_the_enum_is_found() -> None:
    assert [one.place for one in answered(status="resting")] == ["status"]


def test_null_where_it_never_is_null_is_found() -> None:
    assert answered(id=None) == [Violation("id", "is null, which it never is")]
    assert answered(status=None) == [Violation("status", "is null, which it never is")]


def test_what_is_nested_is_checked_at_its_place() -> None:
    page = {"object": "list", "data": [{**CLOCK, "id": 1}], "has_more": False, "url": "/v1/x"}
    found = check_answer("GET", "/v1/test_helpers/test_clocks", page)
    assert [one.place for one in found] == ["data[].id"]


def test_the_object_tells_which_of_several_types_is_meant() -> None:
    gone = {"id": "cus_1", "object": "customer", "deleted": True}
    assert check_answer("GET", "/v1/customers/cus_1", gone) == []
    found = check_answer("GET", "/v1/customers/cus_1", {**gone, "name": None})
    assert found == [Violation("name", "is unknown")]


def test_a_request_as_described_passes() -> None:
    assert sent("payment_intent=pi_1&amount=500&metadata[a]=b&expand[]=charge") == []


@pytest.mark.parametrize(
    ("form", "place"),
    [
        ("colour=blue", "colour"),
        ("amount=five", "amount"),
        ("amount=5.5", "amount"),
        ("reason=boredom", "reason"),
        ("charge[id]=ch_1", "charge"),
        ("expand=charge", "expand"),
        ("charge=", "charge"),
        ("refund_application_fee=yes", "refund_application_fee"),
    ],
)
def test_a_parameter_that_is_not_as_described_is_found(form: str, place: str) -> None:
    assert [one.place for one in sent(form)] == [place]


def test_a_missing_parameter_is_found_also_inside_a_list() -> None:
    assert sent("currency=eur", "/v1/payment_intents") == [Violation("amount", "is missing")]
    found = sent("items[0][quantity]=1&customer=cus_1&items[0][price_data][currency]=eur",
                 "/v1/subscriptions")  # fmt: skip
    assert {one.place for one in found} == {
        "items[].price_data.product",
        "items[].price_data.recurring",
    }


def test_an_endpoint_that_is_not_described_is_found() -> None:
    assert check_request("POST", "/v1/moons", {})
    assert check_answer("DELETE", "/v1/refunds/re_1", {})


def test_an_error_is_checked() -> None:
    error = {"message": "No.", "type": "invalid_request_error", "code": "resource_missing"}
    assert check_error({"error": error}) == []
    assert [one.place for one in check_error({"error": {**error, "type": "oops"}})] == [
        "error.type"
    ]


def event(**data: Any) -> dict[str, Any]:
    return {
        "id": "evt_1",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": 1,
        "data": {"object": CLOCK, **data},
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": None, "idempotency_key": None},
        "type": "test_helpers.test_clock.ready",
    }


def test_an_event_is_checked_by_its_type() -> None:
    assert check_event(event()) == []
    assert check_event({**event(), "type": "moon.risen"})
    assert [one.place for one in check_event(event(object={**CLOCK, "name": 1}))] == [
        "data.object.name"
    ]


def test_previous_attributes_may_lack_fields_but_not_invent_them() -> None:
    assert check_event(event(previous_attributes={"status": "advancing"})) == []
    assert [one.place for one in check_event(event(previous_attributes={"moon": "full"}))] == [
        "data.previous_attributes.moon"
    ]


@pytest.fixture
def watched() -> Iterator[Running]:
    """A sandbox of its own, since what is found here is found on purpose."""
    sandbox = Running()
    yield sandbox
    sandbox.api("DELETE", "/_sandbox/violations")
    sandbox.stop()


def test_a_watched_sandbox_offers_what_it_found_with_the_request(watched: Running) -> None:
    answer = watched.api("POST", "/v1/checkout/sessions", "mode=payment&colour=blue")
    watched.post("/_sandbox/reset")
    (found,) = watched.get("/_sandbox/violations").json()["data"]
    assert found == {
        "side": "refusal",
        "where": "POST /v1/checkout/sessions",
        "place": "colour",
        "reason": "is unknown",
        "request_id": answer.headers["request-id"],
        "count": 1,
    }


def test_what_was_found_before_is_counted(watched: Running) -> None:
    for _ in range(3):
        watched.api("POST", "/v1/refunds", "colour=blue")
    document = watched.get("/_sandbox/violations").json()
    assert document["count"] == 3
    assert [one["count"] for one in document["data"]] == [3]


def test_a_watched_sandbox_finds_nothing_in_a_payment(watched: Running) -> None:
    session = watched.client().v1.checkout.sessions.create(wish())
    watched.pay(session.id)
    assert watched.get("/_sandbox/violations").json() == {"count": 0, "data": []}


def test_a_test_run_fails_where_a_difference_was_found() -> None:
    sandbox = Running()
    form = "amount=500&currency=eur&payment_method_options[moon]=full"
    assert sandbox.api("POST", "/v1/payment_intents", form).status == 200
    with pytest.raises(AssertionError, match=r"payment_method_options\.moon"):
        sandbox.stop()


def test_an_exception_covers_its_own_finding_and_no_other() -> None:
    where = "GET /v1/payment_pages/cs_1"
    assert is_left_out(where, Violation("", "no such endpoint is described"))
    assert not is_left_out(where, Violation("id", "is missing"))
    assert not is_left_out("GET /v1/moons", Violation("", "no such endpoint is described"))


def test_calls_in_an_older_version_are_not_checked(watched: Running) -> None:
    watched.api("POST", "/v1/refunds", "colour=blue", KEY, Stripe_Version="2024-06-20")
    assert watched.get("/_sandbox/violations").json()["count"] == 0
