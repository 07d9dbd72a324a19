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


class Router:
    """Finds the route of a path by its segments."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._tree: dict[tuple[str, ...], dict[str, Route]] = {}
        for route in routes:
            shape = tuple(route.path.strip("/").split("/"))
            self._tree.setdefault(shape, {})[route.method] = route

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
        """The route and the ids in the path; no path of Stripe's has more than one id."""
        segments = path.strip("/").split("/")
        exact = self._tree.get(tuple(segments), {}).get(method)
        if exact is not None:
            return exact, ()
        for place in (2, 3):
            if place < len(segments) and segments[place]:
                shape = (*segments[:place], "{id}", *segments[place + 1 :])
                route = self._tree.get(shape, {}).get(method)
                if route is not None:
                    return route, (segments[place],)
        return None
