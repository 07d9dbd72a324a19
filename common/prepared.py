"""Statements of the hot roads, prepared: the server parses and plans them once per connection.

Django merges parameters into the text on our side, so its statements are parsed, and mostly also
planned, each time. That is most of the cost of a small statement, and the ORM compiles it anew
besides. Where a request of the API stands or falls with one statement, it is written here by hand;
everywhere else the ORM is right.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

import psycopg
from django.db import connection, models

Row = tuple[Any, ...]
Model = TypeVar("Model", bound=models.Model)
Converter = Callable[[Any, Any, Any], Any]


class _Cursor(psycopg.Cursor[Row]):
    """psycopg's own, which binds on the server, instead of Django's, which does not."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "_Cursor":
        super().execute(query, params, **{**options, "prepare": True})
        return self


def fetch(statement: str, parameters: Any = None) -> list[Row]:
    """The rows of a statement that is always the same text, on Django's connection.

    Counted and logged like any other query, and raises Django's exceptions.
    """
    connection.ensure_connection()
    cursor = _Cursor(connection.connection)
    metered = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with metered(cast(Any, cursor)) as wrapped:
        wrapped.execute(statement, parameters)
        return wrapped.fetchall() if cursor.description else []


def columns(model: type[models.Model], table: str = "") -> str:
    """All columns of `model` for a SELECT, as `instance` takes them; `table` is its alias there."""
    prefix = f"{table}." if table else ""
    return ", ".join(f'{prefix}"{field.column}"' for field in model._meta.concrete_fields)


def instance(model: type[Model], row: Row) -> Model:
    """The object of a row that begins with `columns(model)`."""
    names, convert = _loading(model)
    values = list(row[: len(names)])
    for place, from_db in convert:
        values[place] = from_db(values[place], None, connection)
    return model.from_db(connection.alias, names, values)


@cache
def _loading(model: type[models.Model]) -> tuple[list[str], list[tuple[int, Converter]]]:
    """The names of the fields, and the places of those that Django converts, with their way."""
    fields = model._meta.concrete_fields
    convert = [
        (place, field.from_db_value)
        for place, field in enumerate(fields)
        if hasattr(field, "from_db_value")
    ]
    return [field.attname for field in fields], convert
