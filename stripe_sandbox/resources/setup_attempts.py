"""SetupAttempts: one per attempt to set up a payment method."""

from __future__ import annotations

from ..call import Call
from ..lists import page
from ..sandbox import Sandbox
from ..store import Obj

_OF_CARD = (
    "brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4",
    "wallet",
)  # fmt: skip


def new(sandbox: Sandbox, setup: Obj, method: Obj, status: str, error: Obj | None = None) -> Obj:
    """The attempt to set up ``method``, ended as ``status`` says."""
    return sandbox.store.setup_attempts.add(
        {
            "id": sandbox.ids.new("setatt_"),
            "object": "setup_attempt",
            "application": None,
            "created": sandbox.clock.now(),
            "customer": setup["customer"],
            "customer_account": None,
            "flow_directions": None,
            "livemode": False,
            "on_behalf_of": None,
            "payment_method": method["id"],
            "payment_method_details": _details(method),
            "setup_error": error,
            "setup_intent": setup["id"],
            "status": status,
            "usage": setup["usage"],
        }
    )


def _details(method: Obj) -> Obj:
    if method["type"] != "card":
        return {"type": method["type"], method["type"]: {}}
    card = method["card"]
    shown = {name: card[name] for name in _OF_CARD}
    return {"type": "card", "card": {**shown, "network": card["brand"], "three_d_secure": None}}


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/setup_attempts`` of one SetupIntent."""
    sandbox.store.setup_intents.get(call.params["setup_intent"], "setup_intent")
    return page(sandbox.store.setup_attempts, call.path, call.params, "setup_intent")
