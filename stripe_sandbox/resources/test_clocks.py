"""Test clocks: a frozen time of their own for the customers that were made on them.

What is due for these customers stands on the clock's own agenda, and happens when the clock is
advanced, each thing at its time. See ``timeline`` for which objects live in that time.
"""

from __future__ import annotations

from ..call import Call
from ..clock import Agenda
from ..errors import InvalidParamsError, StateConflictError
from ..lists import page
from ..sandbox import Sandbox
from ..store import Obj
from . import customers, subscription_life
from .periods import DAY, boundary

DELETED_AFTER = 30 * DAY


def create(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/test_helpers/test_clocks``: frozen at a time of the caller's choice."""
    now = sandbox.clock.now()
    clock = sandbox.store.test_clocks.add(
        {
            "id": sandbox.ids.new("clock_"),
            "object": "test_helpers.test_clock",
            "created": now,
            "deletes_after": now + DELETED_AFTER,
            "frozen_time": call.params["frozen_time"],
            "livemode": False,
            "name": call.params.get("name"),
            "status": "ready",
            "status_details": {},
        }
    )
    sandbox.store.test_clocks.attach(clock["id"], Agenda())
    sandbox.emit("test_helpers.test_clock.created", clock, call.origin)
    return clock


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/test_helpers/test_clocks/{id}``."""
    return sandbox.store.test_clocks.get(call.id)


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/test_helpers/test_clocks``."""
    return page(sandbox.store.test_clocks, call.path, call.params)


def advance(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/test_helpers/test_clocks/{id}/advance``; it is ``ready`` again shortly after."""
    clock = sandbox.store.test_clocks.get(call.id)
    target = call.params["frozen_time"]
    if clock["status"] != "ready":
        raise StateConflictError("This test clock is advancing. Wait until it is ready.")
    _check_target(sandbox, clock, target)
    details = {"advancing": {"target_frozen_time": target}}
    advancing = sandbox.store.test_clocks.update(
        call.id, status="advancing", status_details=details
    )
    sandbox.emit("test_helpers.test_clock.advancing", advancing, call.origin)
    sandbox.schedule(sandbox.clock.time(), "advance_test_clock", call.id)
    return advancing


def _check_target(sandbox: Sandbox, clock: Obj, target: int) -> None:
    """Only forward, and at most two periods of the shortest subscription at a time."""
    if target <= clock["frozen_time"]:
        raise InvalidParamsError(
            "The frozen_time must be after the clock's current frozen time.", param="frozen_time"
        )
    for subscription in sandbox.store.subscriptions.newest_first():
        if subscription["test_clock"] != clock["id"] or subscription["ended_at"] is not None:
            continue
        recurring = subscription_life.items_of(subscription)[0]["price"]["recurring"]
        if target > boundary(clock["frozen_time"], recurring, 2):
            raise InvalidParamsError(
                "You can advance a test clock by at most two intervals of its shortest "
                f"subscription ({subscription['id']}) at a time.",
                param="frozen_time",
            )


def run(sandbox: Sandbox, clock_id: str) -> None:
    """Do what falls due on the way to the time that the clock advances to."""
    clock = sandbox.store.test_clocks.find(clock_id)
    if clock is None or clock["status"] != "advancing":
        return
    target = clock["status_details"]["advancing"]["target_frozen_time"]
    agenda: Agenda = sandbox.store.test_clocks.part(clock_id)
    time = clock["frozen_time"]
    while due := agenda.pop_due(target):
        time = max(time, int(due.at))
        sandbox.store.test_clocks.update(clock_id, frozen_time=time)
        sandbox.perform(due)
    ready = sandbox.store.test_clocks.update(
        clock_id, frozen_time=target, status="ready", status_details={}
    )
    sandbox.emit("test_helpers.test_clock.ready", ready)


def delete(sandbox: Sandbox, call: Call) -> Obj:
    """``DELETE /v1/test_helpers/test_clocks/{id}``: its customers go with it."""
    clock = sandbox.store.test_clocks.get(call.id)
    for customer in list(sandbox.store.customers.newest_first()):
        if customer["test_clock"] == call.id:
            customers.remove(sandbox, customer, call.origin)
    sandbox.store.test_clocks.remove(call.id)
    sandbox.emit("test_helpers.test_clock.deleted", clock, call.origin)
    return {"id": call.id, "object": "test_helpers.test_clock", "deleted": True}
