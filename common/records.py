"""Model instances as JSON records, for database functions that write several tables at once
(`jsonb_populate_recordset` makes rows of them)."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, models


def as_records(rows: Sequence[models.Model], now: datetime) -> str:
    """A JSON list with an object per row, its keys the columns.

    Values must be plain, ids set; timestamps that Django fills in by itself become `now`.
    """
    return json.dumps([_record(row, now) for row in rows], default=_plain)


def _plain(value: Any) -> str:
    """As PostgreSQL reads it: of a duration it would not understand Python's own words."""
    if isinstance(value, timedelta):
        return f"{value // timedelta(microseconds=1)} microseconds"
    return str(value)


def mark_written(rows: Sequence[models.Model]) -> None:
    """Tell Django that `rows` are in the database, so that saving one updates it."""
    for row in rows:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def _record(row: models.Model, now: datetime) -> dict[str, Any]:
    columns, stamped = _columns(type(row))
    for name in stamped:
        setattr(row, name, now)
    return {column: getattr(row, name) for name, column in columns}


@cache
def _columns(model: type[models.Model]) -> tuple[list[tuple[str, str]], list[str]]:
    """Attribute and column of each field, and the attributes that Django stamps with the time."""
    fields = model._meta.concrete_fields
    stamped = [f.attname for f in fields if getattr(f, "auto_now", False)]
    stamped += [f.attname for f in fields if getattr(f, "auto_now_add", False)]
    return [(field.attname, str(field.column)) for field in fields], stamped
