"""Endpoints, and how one is found by its path."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .call import Call
from .params import Fields
from .sandbox import Sandbox
from .store import Obj

Handler = Callable[[Sandbox, Call], Obj]


@dataclass(frozen=True)
class Route:
    """One endpoint: what it accepts, and who answers."""

    method: str
    path: str
    handler: Handler
    params: Fields


#: Where the ids stand in paths, the usual places first.
_IDS: tuple[tuple[int, ...], ...] = ((), (2,), (3,), (2, 4))


class Router:
    """Finds the route of a path by its segments."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._tree: dict[tuple[str, ...], dict[str, Route]] = {}
        for route in routes:
            shape = tuple(route.path.strip("/").split("/"))
            self._tree.setdefault(shape, {})[route.method] = route

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
        """The route and the ids in the path."""
        segments = path.strip("/").split("/")
        for places in _IDS:
            if all(place < len(segments) and segments[place] for place in places):
                shape = tuple("{id}" if i in places else part for i, part in enumerate(segments))
                route = self._tree.get(shape, {}).get(method)
                if route is not None:
                    return route, tuple(segments[place] for place in places)
        return None
