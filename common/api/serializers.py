"""Fields that take exactly what they say, and a serializer that refuses what it does not know
(matrix rows F02, F03)."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import get_attribute

from common.money import to_decimal

_MAX_UNKNOWN: Final = 10  # named in the answer; the client gets the idea


# Refuses fields that it does not have, and read-only ones, instead of dropping them. (A comment,
# because a docstring would be inherited as the description of every schema in the API's docs.)
class StrictSerializer(serializers.Serializer[Any]):
    def to_internal_value(self, data: Any) -> Any:
        unknown = self._unknown(data)
        try:
            value = super().to_internal_value(data)
        except ValidationError as error:
            if not isinstance(error.detail, dict):
                raise
            raise ValidationError({**error.detail, **unknown}) from error
        if unknown:
            raise ValidationError(unknown)
        return value

    def _unknown(self, data: Any) -> dict[str, list[ErrorDetail]]:
        if not isinstance(data, Mapping):
            return {}
        known = {name for name, field in self.fields.items() if not field.read_only}
        names = sorted(str(name) for name in data if name not in known)[:_MAX_UNKNOWN]
        return {name[:100]: [ErrorDetail("Unknown field.", "unknown")] for name in names}


class StrictIntegerField(serializers.IntegerField):
    """A JSON integer between `min_value` and `max_value`: no "1", no true, no 2.0.

    REST framework's own takes "1_0" for 10, a full-width "２" for 2, and numbers without end.
    """

    def __init__(self, *, min_value: int, max_value: int, **kwargs: Any) -> None:
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return data


class OneOfField(serializers.ChoiceField):
    """One of `choices`; a refusal names them."""

    def __init__(self, choices: Any, **kwargs: Any) -> None:
        super().__init__(choices, **kwargs)
        self.error_messages["invalid_choice"] = f"Must be one of {', '.join(self.choices)}."


class AwareDateTimeField(serializers.DateTimeField):
    """An instant as ISO 8601 with an offset, answered in UTC: `2024-01-15T10:00:00Z` (rule R19)."""

    default_error_messages = {
        "invalid": "Must be a date and time such as 2024-01-15T10:00:00Z.",
        "naive": "Must have an offset from UTC, such as Z or +01:00 (in a URL, + is %2B).",
        "range": "Must be between the years 2000 and 2200.",
    }

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str):
            self.fail("invalid")
        match = _ISO.fullmatch(value)
        if not match:
            self.fail("invalid")
        if not match["offset"]:
            self.fail("naive")
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            self.fail("invalid")
        if not 2000 <= parsed.year <= 2200:
            self.fail("range")
        return parsed.astimezone(UTC)

    def to_representation(self, value: Any) -> str:
        return iso_utc(value)


_ISO: Final = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?P<offset>Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)


def iso_utc(value: datetime) -> str:
    """An aware datetime as the API writes it: `2024-01-15T10:00:00Z`."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class DayField(serializers.DateField):
    """A day of the calendar, such as 2024-01-15, and nothing else that could be read as one."""

    default_error_messages = {"invalid": "Must be a day such as 2024-01-15."}

    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            self.fail("invalid")
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail("invalid")
        if not 2000 <= day.year <= 2200:
            self.fail("invalid")
        return day


_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@extend_schema_field({"type": "string", "example": "154.25"})
class MoneyField(serializers.Field[Any, Any, str, Any]):
    """Minor units of an instance as a decimal string with the currency's digits: "154.25".

    `source` names the attribute with the minor units, `currency_source` (dots allowed) the one with
    the currency. Read-only: amounts are computed here, never taken from a client.
    """

    def __init__(self, *, currency_source: str = "currency", **kwargs: Any) -> None:
        kwargs["read_only"] = True
        super().__init__(**kwargs)
        self.currency_path = currency_source.split(".")

    def get_attribute(self, instance: Any) -> tuple[int, str] | None:
        minor = super().get_attribute(instance)
        return None if minor is None else (minor, get_attribute(instance, self.currency_path))

    def to_representation(self, value: tuple[int, str]) -> str:
        return str(to_decimal(*value))


class PlainTextField(serializers.CharField):
    """Text for people, trimmed: a JSON string of at most `max_length` characters.

    Control characters are refused, and those that turn the direction of the text around and so can
    make it read as something else. With `multiline` line breaks and tabs are allowed.
    """

    default_error_messages = {"control": "Must not contain control characters."}

    def __init__(self, *, max_length: int, multiline: bool = False, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, trim_whitespace=True, **kwargs)
        self.forbidden = _CONTROL_BUT_BREAKS if multiline else _CONTROL

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = super().to_internal_value(data)
        if self.forbidden.search(text):
            self.fail("control")
        return text


_DIRECTION: Final = "\u2028-\u202e\u2066-\u2069"
_CONTROL: Final = re.compile(f"[\0-\x1f\x7f-\x9f{_DIRECTION}\ud800-\udfff]")
_CONTROL_BUT_BREAKS: Final = re.compile(
    f"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_DIRECTION}\ud800-\udfff]"
)
