"""Several rows of several tables in one round trip.

Django inserts table by table, and compiles each statement anew. Where one request writes a handful
of rows of known shape, that is most of its time; so the statements are built once per model, and
sent together. Left out on purpose: database defaults, expressions, multi-table inheritance.
"""

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import Any

from django.db import connection, models


def insert_together(rows: Sequence[models.Model]) -> None:
    """Insert new `rows` in their order, in one round trip and the caller's transaction.

    Values must be plain, ids set. Raises what the database raises; then nothing was inserted.
    """
    statements: list[str] = []
    parameters: list[Any] = []
    for model, group in groupby(rows, key=type):
        batch = list(group)
        head, values = _statement(model)
        statements.append(head + ", ".join([values] * len(batch)))
        for row in batch:
            parameters += _values(row)
    with connection.cursor() as cursor:
        cursor.execute("; ".join(statements), parameters)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


@cache
def _fields(model: type[models.Model]) -> "tuple[models.Field[Any, Any], ...]":
    return tuple(
        field
        for field in model._meta.concrete_fields
        if not isinstance(field, models.AutoField | models.BigAutoField)
    )


@cache
def _statement(model: type[models.Model]) -> tuple[str, str]:
    quote = connection.ops.quote_name
    columns = [quote(str(field.column)) for field in _fields(model)]
    placeholders = ", ".join(["%s"] * len(columns))
    table = quote(model._meta.db_table)
    head = f"INSERT INTO {table} ({', '.join(columns)}) VALUES "  # noqa: S608 (our own names)
    return head, f"({placeholders})"


def _values(row: models.Model) -> list[Any]:
    return [
        field.get_db_prep_save(field.pre_save(row, True), connection)
        for field in _fields(type(row))
    ]
