"""Webhook endpoints: who is told about which events (stripe.md, "Events and webhooks")."""

from __future__ import annotations

import re

from ..call import Call
from ..delivery import Endpoint
from ..errors import InvalidParamsError, StateConflictError, resource_missing
from ..lists import page
from ..params import merge_metadata
from ..sandbox import Sandbox
from ..store import Collection, Obj

#: Stripe's limit in test mode.
MOST = 16
_EVENT = re.compile(r"[a-z_]\w*(\.\w+)+\Z", re.ASCII)


def create(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/webhook_endpoints``: the only answer that tells the secret."""
    params = call.params
    if len(sandbox.webhooks.endpoints) >= MOST:
        raise StateConflictError(f"You have reached the maximum of {MOST} test webhook endpoints.")
    _check_events(params["enabled_events"])
    secret = sandbox.ids.new("whsec_", 32)
    endpoint = sandbox.webhooks.add(
        params["url"],
        [secret],
        api_version=params.get("api_version"),
        description=params.get("description"),
        enabled_events=params["enabled_events"],
        metadata=merge_metadata({}, params.get("metadata") or None),
    )
    return {**shown(endpoint), "secret": secret}


def _check_events(types: list[str]) -> None:
    for place, name in enumerate(types):
        if name != "*" and not _EVENT.match(name):
            where = f"enabled_events[{place}]"
            raise InvalidParamsError(
                f"Invalid {where}: must be the type of an event, or *", param=where
            )


def shown(endpoint: Endpoint) -> Obj:
    """The endpoint as the API shows it."""
    return {
        "id": endpoint.id,
        "object": "webhook_endpoint",
        "api_version": endpoint.api_version,
        "application": None,
        "created": endpoint.created,
        "description": endpoint.description,
        "enabled_events": endpoint.enabled_events,
        "livemode": False,
        "metadata": endpoint.metadata,
        "status": "disabled" if endpoint.disabled else "enabled",
        "url": endpoint.url,
    }


def _get(sandbox: Sandbox, endpoint_id: str) -> Endpoint:
    for endpoint in sandbox.webhooks.endpoints:
        if endpoint.id == endpoint_id:
            return endpoint
    raise resource_missing("webhook endpoint", endpoint_id, "webhook_endpoint")


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/webhook_endpoints/{id}``."""
    return shown(_get(sandbox, call.id))


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/webhook_endpoints``."""
    known = Collection("webhook endpoint", keep=len(sandbox.webhooks.endpoints))
    for endpoint in sandbox.webhooks.endpoints:
        known.add(shown(endpoint))
    return page(known, call.path, call.params)


def update(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/webhook_endpoints/{id}``: address, events, on or off."""
    endpoint = _get(sandbox, call.id)
    params = call.params
    _check_events(params.get("enabled_events", []))
    for name in ("description", "disabled", "enabled_events", "url"):
        if name in params:
            setattr(endpoint, name, params[name])
    endpoint.metadata = merge_metadata(endpoint.metadata, params.get("metadata"))
    return shown(endpoint)


def delete(sandbox: Sandbox, call: Call) -> Obj:
    """``DELETE /v1/webhook_endpoints/{id}``."""
    sandbox.webhooks.endpoints.remove(_get(sandbox, call.id))
    return {"id": call.id, "object": "webhook_endpoint", "deleted": True}


def roll(sandbox: Sandbox, endpoint_id: str, seconds: float) -> str:
    """A new secret; the old ones sign too for ``seconds``. Returns the new one."""
    endpoint = _get(sandbox, endpoint_id)
    until = sandbox.clock.time() + seconds
    endpoint.retiring = [(secret, until) for secret in endpoint.secrets] if seconds else []
    endpoint.secrets = [sandbox.ids.new("whsec_", 32)]
    return endpoint.secrets[0]
