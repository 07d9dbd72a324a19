"""F02 and F03: odd values, field by field."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from common.api.serializers import (
    AwareDateTimeField,
    MoneyField,
    OneOfField,
    PlainTextField,
    StrictIntegerField,
    StrictSerializer,
)


@pytest.mark.parametrize("value", [1, 2, 100])
def test_an_integer_within_bounds_is_taken(value: int) -> None:
    assert StrictIntegerField(min_value=1, max_value=100).run_validation(value) == value


@pytest.mark.parametrize(
    "value",
    [
        "1",
        "1_0",
        "２",
        "",
        " 1 ",
        "1e1",
        "0x1",
        True,
        False,
        1.0,
        2.5,
        1e308,
        float("inf"),
        float("nan"),
        None,
        [],
        [1],
        {},
        {"a": 1},
        0,
        -1,
        101,
        10**30,
        -(10**30),
        2**31,
        2**63,
        10**5000,
    ],
    ids=lambda value: (
        repr(value)[:20] if not isinstance(value, int) or abs(value) < 2**70 else "huge"
    ),
)
def test_anything_else_is_no_integer(value: Any) -> None:
    with pytest.raises(ValidationError):
        StrictIntegerField(min_value=1, max_value=100).run_validation(value)


def test_a_choice_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    field = OneOfField(choices=["day", "hour"])
    assert field.run_validation("hour") == "hour"
    refused: list[Any] = ["week", "", 1, [], {}]
    for value in refused:
        with pytest.raises(ValidationError, match=r"Must be one of day, hour\."):
            field.run_validation(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-01-15T10:00:00Z", datetime(2024, 1, 15, 10, tzinfo=UTC)),
        ("2024-01-15T10:00Z", datetime(2024, 1, 15, 10, tzinfo=UTC)),
        ("2024-01-15 10:00:00+00:00", datetime(2024, 1, 15, 10, tzinfo=UTC)),
        ("2024-01-15T10:00:00.123456+02:00", datetime(2024, 1, 15, 8, 0, 0, 123456, tzinfo=UTC)),
        ("2024-02-29T23:30:00-05:30", datetime(2024, 3, 1, 5, tzinfo=UTC)),
        ("2000-01-01T00:00:00Z", datetime(2000, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_instant_with_an_offset_is_taken_and_is_utc(value: str, expected: datetime) -> None:
    parsed = AwareDateTimeField().run_validation(value)
    assert parsed == expected
    assert parsed.tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2024-01-15T10:00:00", "naive"),
        ("2024-01-15 10:00", "naive"),
        ("2024-01-15", "invalid"),
        ("2024-01-15T10:00:00 01:00", "invalid"),
        ("20240115T100000Z", "invalid"),
        ("2024-W03-1T10:00:00Z", "invalid"),
        ("2023-02-29T10:00:00Z", "invalid"),
        ("2024-13-01T10:00:00Z", "invalid"),
        ("2024-01-15T10:00:60Z", "invalid"),
        ("2024-01-15T10:00:00+24:00", "invalid"),
        ("2024-01-15T10:00:00+99:99", "invalid"),
        ("２０２４-01-15T10:00:00Z", "invalid"),
        ("2024-01-15T10:00:00Z\n", "invalid"),
        ("2024-01-15T10:00:00Z" * 50_000, "invalid"),
        ("infinity", "invalid"),
        ("now", "invalid"),
        ("", "invalid"),
        (1705312800, "invalid"),
        (True, "invalid"),
        ([], "invalid"),
        ({}, "invalid"),
        (None, "null"),
        ("0001-01-01T00:00:00+14:00", "range"),
        ("1999-12-31T23:59:59Z", "range"),
        ("2201-01-01T00:00:00Z", "range"),
        ("9999-12-31T23:59:59-14:00", "range"),
    ],
)
def test_anything_else_is_no_instant(value: Any, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        AwareDateTimeField().run_validation(value)
    assert refused.value.get_codes() == [code]


def test_an_instant_is_answered_in_utc_with_z() -> None:
    value = datetime.fromisoformat("2024-01-15T12:00:00+02:00")
    assert AwareDateTimeField().to_representation(value) == "2024-01-15T10:00:00Z"


@pytest.mark.parametrize(
    ("value", "expected"),
    [("  Anna  ", "Anna"), ("Zoë 😀", "Zoë 😀"), ("x" * 20, "x" * 20), ("<b>'\";--", "<b>'\";--")],
)
def test_plain_text_is_taken_and_trimmed(value: str, expected: str) -> None:
    assert PlainTextField(max_length=20).run_validation(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "   ",
        "x" * 21,
        "a\0b",
        "a\nb",
        "a\r\nBcc: x",
        "a\tb",
        "a\x1bb",
        "a\x7fb",
        "a\x85b",
        "a\u2028b",
        "abc\u202etxt",
        "a\ud800",
        1,
        1.5,
        True,
        None,
        [],
        {},
        ["a"],
    ],
)
def test_anything_else_is_no_plain_text(value: Any) -> None:
    with pytest.raises(ValidationError):
        PlainTextField(max_length=20).run_validation(value)


def test_text_of_several_lines_may_break_but_not_end() -> None:
    field = PlainTextField(max_length=50, multiline=True)
    assert field.run_validation("one\r\ntwo\tthree") == "one\r\ntwo\tthree"
    with pytest.raises(ValidationError, match="control"):
        field.run_validation("one\0two")


@dataclass
class Bill:
    total_minor: int | None
    currency: str
    parent: "Bill | None" = None


class BillSerializer(serializers.Serializer[Any]):
    total = MoneyField(source="total_minor")


class LineSerializer(serializers.Serializer[Any]):
    total = MoneyField(source="total_minor", currency_source="parent.currency")


@pytest.mark.parametrize(
    ("minor", "currency", "expected"),
    [
        (15425, "EUR", "154.25"),
        (0, "EUR", "0.00"),
        (-5, "EUR", "-0.05"),
        (154, "JPY", "154"),
        (1500, "KWD", "1.500"),
        (99_999_999, "EUR", "999999.99"),
        (None, "EUR", None),
    ],
)
def test_money_is_a_string_with_the_digits_of_its_currency(
    minor: int | None, currency: str, expected: str | None
) -> None:
    assert BillSerializer(Bill(minor, currency)).data == {"total": expected}


def test_money_may_find_its_currency_elsewhere() -> None:
    line = Bill(500, "EUR", parent=Bill(0, "JPY"))
    assert LineSerializer(line).data == {"total": "500"}


class ItemSerializer(StrictSerializer):
    quantity = StrictIntegerField(min_value=1, max_value=9)
    total = MoneyField(source="total_minor")


class OrderSerializer(StrictSerializer):
    name = PlainTextField(max_length=20)
    items = ItemSerializer(many=True)


def test_known_fields_are_taken() -> None:
    serializer = OrderSerializer(data={"name": "Anna", "items": [{"quantity": 2}]})
    assert serializer.is_valid(), serializer.errors


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({"name": "A", "items": [], "status": "PAID"}, {"status": ["Unknown field."]}),
        ({"items": [], "x": 1}, {"name": ["This field is required."], "x": ["Unknown field."]}),
        (
            {"name": "A", "items": [{"quantity": 1}, {"quantity": 1, "total": "0.01"}]},
            {"items": {1: {"total": ["Unknown field."]}}},
        ),
    ],
)
def test_unknown_and_read_only_fields_are_refused(
    data: dict[str, Any], errors: dict[str, Any]
) -> None:
    serializer = OrderSerializer(data=data)
    assert not serializer.is_valid()
    assert serializer.errors == errors


def test_a_thousand_unknown_fields_are_answered_briefly() -> None:
    data = {"name": "A", "items": []} | {f"{n:0200}": n for n in range(1000)}
    serializer = OrderSerializer(data=data)
    assert not serializer.is_valid()
    assert len(str(serializer.errors)) < 5000
