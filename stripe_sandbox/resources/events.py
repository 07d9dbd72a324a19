"""Events, as far back as they are kept."""

from __future__ import annotations

from fnmatch import fnmatchcase

from ..call import Call
from ..errors import InvalidParamsError
from ..lists import cut
from ..sandbox import Sandbox
from ..store import Obj

LISTED_SECONDS = 30 * 24 * 3600


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/events/{id}``."""
    return sandbox.store.events.get(call.id)


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/events``; ``delivery_success`` asks whether all endpoints have said 2xx."""
    params = call.params
    if "type" in params and "types" in params:
        raise InvalidParamsError("You may only specify one of these parameters: type, types.")
    patterns = params.get("types", [params["type"]] if "type" in params else ["*"])
    oldest = sandbox.clock.now() - LISTED_SECONDS
    success = params.get("delivery_success")

    def matches(event: Obj) -> bool:
        return (
            event["created"] >= oldest
            and any(fnmatchcase(event["type"], pattern) for pattern in patterns)
            and success in (None, not event["pending_webhooks"])
        )

    return cut(sandbox.store.events, call.path, params, matches)
