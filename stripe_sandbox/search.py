"""Search: a part of Stripe's query language, over objects in memory.

``status:'succeeded' AND metadata['order']:'7'``, ``amount>1000 OR -currency:"eur"``: clauses joined
by AND (or a space) or by OR, but not both. Stripe's index lags by up to a minute; this one never.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, NamedTuple

from .errors import InvalidParamsError
from .params import Integer, Param, Text
from .store import Collection, Obj

#: What every search takes.
SEARCH_PARAMS: dict[str, Param] = {
    "limit": Integer(minimum=1, maximum=100),
    "page": Text(),
    "query": Text(),
}
MOST_CLAUSES = 10

_CLAUSE = re.compile(
    r"""(?P<minus>-?)
    (?:metadata\[(?P<quote>["'])(?P<key>.{1,40}?)(?P=quote)\]|(?P<field>[a-z_.]+))
    \s*(?P<operator>>=|<=|[:~<>])\s*
    (?:"(?P<double>(?:\\.|[^"\\])*)"|'(?P<single>(?:\\.|[^'\\])*)'|(?P<bare>[\w.+-]+))""",
    re.VERBOSE,
)
_JOINT = re.compile(r"\s+(AND|OR)\s+|\s+", re.IGNORECASE)
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ":": lambda a, b: a == b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}
#: The operators of each kind of field.
_OPERATORS = {"number": tuple(_COMPARE), "token": (":",), "text": (":", "~")}

Test = Callable[[Obj], bool]


class Clause(NamedTuple):
    """One condition: ``key`` is set where it is about metadata."""

    negated: bool
    field: str
    key: str | None
    operator: str
    value: str
    #: ``field:null`` asks whether there is anything at all.
    asks_null: bool


def search(
    collection: Collection, url: str, params: dict[str, Any], fields: Mapping[str, str]
) -> Obj:
    """The page of a search; ``fields`` are those of the resource, each number, token or text."""
    matches = _read(params["query"], fields)
    limit = params.get("limit", 10)
    before = _place(params["page"]) if "page" in params else None
    found = (
        obj
        for obj in collection.newest_first()
        if (before is None or collection.number(obj["id"]) < before) and matches(obj)
    )
    data = list(islice(found, limit + 1))
    more = len(data) > limit
    last = collection.number(data[limit - 1]["id"]) if more else 0
    return {
        "object": "search_result",
        "data": data[:limit],
        "has_more": more,
        "next_page": base64.urlsafe_b64encode(str(last).encode()).decode() if more else None,
        "url": url,
    }


def _place(page: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(page))
    except (binascii.Error, ValueError):
        raise InvalidParamsError("Invalid page token.", param="page") from None


def _read(query: str, fields: Mapping[str, str]) -> Test:
    clauses, joints, position = [], set(), 0
    while True:
        match = _CLAUSE.match(query, position)
        if match is None:
            raise _unreadable(query)
        clauses.append(_test(_clause(match), fields))
        position = match.end()
        if not query[position:].strip():
            break
        joint = _JOINT.match(query, position)
        if joint is None:
            raise _unreadable(query)
        joints.add((joint[1] or "AND").upper())
        position = joint.end()
    if len(joints) > 1 or len(clauses) > MOST_CLAUSES:
        raise InvalidParamsError(
            f"A query has up to {MOST_CLAUSES} clauses, joined by either AND or OR.", param="query"
        )
    combine = any if joints == {"OR"} else all
    return lambda obj: combine(test(obj) for test in clauses)


def _unreadable(query: str) -> InvalidParamsError:
    return InvalidParamsError(
        f"We were unable to parse your search query: {query[:200]}. Each clause is a field, an "
        "operator and a value.",
        param="query",
    )


def _clause(match: re.Match[str]) -> Clause:
    quoted = match["double"] if match["double"] is not None else match["single"]
    value = match["bare"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
    return Clause(
        negated=bool(match["minus"]),
        field=match["field"] or "metadata",
        key=match["key"],
        operator=match["operator"],
        value=value,
        asks_null=quoted is None and value.lower() == "null",
    )


def _test(clause: Clause, fields: Mapping[str, str]) -> Test:
    kind = "token" if clause.key is not None else fields.get(clause.field)
    if kind is None:
        raise InvalidParamsError(
            f"Field `{clause.field}` is an unsupported search field for this resource.",
            param="query",
        )
    if clause.operator not in _OPERATORS[kind]:
        raise InvalidParamsError(
            f"Operator `{clause.operator}` is unsupported for field `{clause.field}`.",
            param="query",
        )
    holds = _comparison(clause, kind)
    return lambda obj: holds(_value(obj, clause)) != clause.negated


def _value(obj: Obj, clause: Clause) -> Any:
    return obj["metadata"].get(clause.key) if clause.key is not None else obj.get(clause.field)


def _comparison(clause: Clause, kind: str) -> Callable[[Any], bool]:
    if clause.asks_null:
        return lambda value: value is None
    if kind == "number":
        try:
            number = float(clause.value)
        except ValueError:
            raise InvalidParamsError(
                f"`{clause.value[:50]}` is no number.", param="query"
            ) from None
        compare = _COMPARE[clause.operator]
        return lambda value: value is not None and compare(value, number)
    wanted = clause.value.lower()
    if clause.operator == "~":
        return lambda value: value is not None and wanted in _word(value)
    return lambda value: value is not None and wanted == _word(value)


def _word(value: Any) -> str:
    """``True`` is written as ``true``."""
    return str(value).lower()
