"""R24 and P2: what must not be in a log line is not, and what is there is one line of JSON."""

import io
import json
import logging
import logging.config
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from common.logging import get_logger, logging_config
from common.redaction import redact, redact_text

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9"
# Put together here, so that nobody's secret scanner takes them for real.
LIVE_KEY = "sk" + "_live_" + "51Habcdefghijklmnopqrstuv"
CANARIES = {
    "secret key": LIVE_KEY,
    "restricted key": LIVE_KEY.replace("sk_", "rk_"),
    "test key": LIVE_KEY.replace("live", "test"),
    "webhook secret": "whsec" + "_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "token": JWT,
    "bearer": "Bearer abc.def-123",
    "e-mail": "anna.canary+rent@shop.example.com",
    "card": "4242424242424242",
    "card with gaps": "4000 0000 0000 0002",
    "card with dashes": "5555-5555-5555-4444",
}


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What was logged since, parsed; through our own configuration."""
    stream = io.StringIO()
    config = logging_config("DEBUG", "json")
    handler = logging.StreamHandler(stream)
    formatter = dict(config["formatters"]["structured"])
    handler.setFormatter(formatter.pop("()")(**formatter))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


Lines = Callable[[], list[dict[str, Any]]]


@pytest.mark.parametrize("canary", CANARIES.values(), ids=CANARIES.keys())
def test_a_secret_is_masked_wherever_it_stands(lines: Lines, canary: str) -> None:
    log = get_logger("test")
    log.warning(f"in the message {canary}, and on", value=canary, detail={"a": [f"x={canary};"]})
    logging.getLogger("foreign").error("foreign %s", canary, extra={"hidden": canary})
    try:
        raise ValueError(f"Key (x)=({canary}) already exists")
    except ValueError:
        log.exception("failed")
    written = json.dumps(lines())
    assert len(lines()) == 3
    assert canary not in written
    assert "already exists" in written


@pytest.mark.parametrize(
    "text",
    [
        "RO20260115000042",
        "2026-01-15T10:00:00.123456Z",
        "0190a8f2-4242-4242-8242-424242424242",
        "cs_test_a1B2c3D4e5F6",
        "pi_3MtwBwLkdIwHu7ix28a3tqPa",
        "SELECT id FROM t WHERE a = %s AND b @> %s",
        "1705312800123456",
        "154.25 EUR",
        "a task_sk was risky",
    ],
)
def test_what_operators_need_stays_readable(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "new_password",
        "refresh_token",
        "STRIPE_SECRET_KEY",
        "Authorization",
        "Cookie",
        "customer_email",
        "api_key",
        "notes",
        "billing_address",
    ],
)
def test_a_key_that_says_private_is_masked_whatever_it_holds(key: str) -> None:
    assert redact({key: "canary", "outer": {key: ["canary"]}}) == {
        key: "[redacted]",
        "outer": {key: "[redacted]"},
    }


def test_a_value_of_any_type_and_depth_can_be_logged(lines: Lines) -> None:
    endless: list[Any] = []
    endless.append(endless)
    get_logger("test").info("odd", a=object(), b=b"\xff", c=endless, d="\ud800", e=float("nan"))
    assert lines()[0]["event"] == "odd"


def test_a_line_break_in_a_value_does_not_make_a_second_line(lines: Lines) -> None:
    get_logger("test").info("request", path='/x\n{"level": "critical"}\r\n')
    assert len(lines()) == 1


def test_a_line_says_when_where_and_how_grave(lines: Lines) -> None:
    structlog.contextvars.bind_contextvars(request_id="r-12345678")
    get_logger("payments.test").warning("late", order="RO1")
    structlog.contextvars.clear_contextvars()
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "late",
        "level": "warning",
        "logger": "payments.test",
        "order": "RO1",
        "request_id": "r-12345678",
    }


def test_a_traceback_has_no_local_variables(lines: Lines) -> None:
    canary_local = "canary-" + "value"
    try:
        raise RuntimeError(canary_local[:3])
    except RuntimeError:
        get_logger("test").exception("failed")
    assert "Traceback" in lines()[0]["exception"]
    assert "canary-value" not in json.dumps(lines())


@pytest.mark.parametrize("name", ["stripe", "urllib3"])
def test_libraries_that_log_bodies_are_kept_to_warnings(name: str) -> None:
    config = logging_config("DEBUG", "json")
    assert config["loggers"][name]["level"] == "WARNING"


def test_the_console_is_for_people() -> None:
    config = logging_config("info", "console")
    formatter = dict(config["formatters"]["structured"])
    built = formatter.pop("()")(**formatter)
    record = logging.LogRecord("test", logging.INFO, "", 0, "hello %s", ("a@b.example",), None)
    text = re.sub(r"\x1b\[[\d;]*m", "", built.format(record))
    assert "hello [redacted]" in text


@pytest.mark.parametrize(
    "text",
    [
        "@" * 100_000,
        "a@" * 50_000,
        "a" * 200_000 + "@",
        "1 " * 50_000,
        "eyJ" * 50_000,
        "Bearer " * 20_000,
        "sk_" * 50_000,
    ],
    ids=lambda text: text[:7],
)
def test_no_text_takes_long_to_search(text: str) -> None:
    started = time.process_time()
    redact_text(text)
    assert time.process_time() - started < 2
