"""F13 and F12: what the API takes for a body."""

import io
import json
import time
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.exceptions import ParseError

from common.api.parsers import BodyTooLarge, StrictJSONParser, parse_object

pytestmark = pytest.mark.urls("common.tests.urls")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", {}),
        (b"{}", {}),
        (b' {"a": [1, -2.5, null, true, "x"]} ', {"a": [1, -2.5, None, True, "x"]}),
        ('{"a": "ä😀"}'.encode(), {"a": "ä😀"}),
        (b'{"a": "\\u00e4\\ud83d\\ude00"}', {"a": "ä😀"}),
        (b'{"a": "\\\\u0000"}', {"a": "\\u0000"}),
        (b'{"a": 1e308}', {"a": 1e308}),
        (b'{"a": {"a": 1}, "b": {"a": 2}}', {"a": {"a": 1}, "b": {"a": 2}}),
        (b'{"a": "[[[[[[[[[[[[[[[[[[[[[[[[["}', {"a": "[" * 25}),
        (
            b'{"a":' + b"[" * 19 + b"1" + b"]" * 19 + b"}",
            {"a": json.loads("[" * 19 + "1" + "]" * 19)},
        ),
    ],
)
def test_takes_a_json_object(raw: bytes, expected: dict[str, Any]) -> None:
    assert parse_object(raw) == expected


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"   ", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b'{"a": 1} x', "not valid JSON"),
        (b"[1]", "must be a JSON object"),
        (b'"text"', "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b'{"a": 1, "b": 2, "a": 3}', "key 'a' appears twice"),
        (b'{"a": {"b": 1, "b": 1}}', "key 'b' appears twice"),
        (b'{"a": NaN}', "NaN is not a number"),
        (b'{"a": Infinity}', "Infinity is not a number"),
        (b'{"a": -Infinity}', "-Infinity is not a number"),
        (b'{"a": 1e400}', "1e400 is too large"),
        (b'{"a": -1e400}', "-1e400 is too large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "a number is too long"),
        (b'{"a": "\\u0000"}', "NUL"),
        (b'{"a\\u0000": 1}', "NUL"),
        (b'{"a": [{"b": ["x\\u0000"]}]}', "NUL"),
        (b'{"a": "\x00"}', "not valid JSON"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"\\udc00": 1}', "surrogate"),
        (b'{"a": "\xff"}', "UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "UTF-8"),
        ('{"a": "x"}'.encode("utf-16"), "UTF-8"),
        (b'\xef\xbb\xbf{"a": 1}', "not valid JSON"),
        (b'{"a":' + b"[" * 20 + b"]" * 20 + b"}", "20 levels"),
        (b'{"a":' * 21 + b"1" + b"}" * 21, "20 levels"),
        (b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "20 levels"),
        (b'{"a":' * 200_000 + b"1" + b"}" * 200_000, "20 levels"),
        (b"[" * 200_000, "20 levels"),
    ],
)
def test_refuses_everything_else_with_a_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(ParseError) as refused:
        parse_object(raw)
    assert reason in str(refused.value.detail)


def test_finds_a_key_that_comes_twice_among_many_in_no_time() -> None:
    many = ",".join(f'"k{n}":1' for n in range(80_000))
    started = time.process_time()
    with pytest.raises(ParseError, match="'k79999' appears twice"):
        parse_object(f'{{{many},"k79999":2}}'.encode())
    assert time.process_time() - started < 2


def test_does_not_read_more_than_it_takes(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    stream = io.BytesIO(b'{"a": "' + b"x" * 5_000_000 + b'"}')
    with pytest.raises(BodyTooLarge):
        StrictJSONParser().parse(stream)
    assert stream.tell() == 101


def test_a_body_of_five_megabytes_is_answered_with_413(client: Any) -> None:
    body = json.dumps({"note": "x" * 5_000_000})
    response = client.post("/payments/echo/", body, content_type="application/json")
    assert response.status_code == 413
    assert response.json()["code"] == "too_large"


@pytest.mark.parametrize("raw", [b"{", b"[" * 200_000, b'{"a": "\xff"}', b'{"a":1,"a":1}'])
def test_a_bad_body_is_answered_with_400_in_the_envelope(client: Any, raw: bytes) -> None:
    response = client.post("/payments/echo/", raw, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["success"] is False
    assert response.json()["code"] == "invalid"
    assert "body" in response.json()["message"]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_another_content_type_is_answered_with_415(client: Any, content_type: str) -> None:
    response = client.post("/payments/echo/", b"a=1", content_type=content_type)
    assert response.status_code == 415
    assert response.json()["success"] is False
