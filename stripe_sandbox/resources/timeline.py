"""Whose time it is.

Billing objects (customers, subscriptions, invoices, invoice items) of a customer on a test clock
live in that clock's time, all others in the sandbox's. Payments, events and webhooks always bear
the sandbox's own time.
"""

from __future__ import annotations

from ..clock import Agenda
from ..sandbox import Sandbox
from ..store import Obj


def now(sandbox: Sandbox, owner: Obj) -> int:
    """What time it is for ``owner``, which has a ``test_clock`` or ``None``, in seconds."""
    clock = sandbox.store.test_clocks.find(owner["test_clock"] or "")
    time: int = clock["frozen_time"] if clock else sandbox.clock.now()
    return time


def schedule(sandbox: Sandbox, owner: Obj, at: int, task: str) -> None:
    """Have ``task`` done to ``owner`` when its time shows ``at``."""
    clock_id = owner["test_clock"]
    if clock_id is None:
        sandbox.schedule(at, task, owner["id"])
    elif sandbox.store.test_clocks.find(clock_id):
        agenda: Agenda = sandbox.store.test_clocks.part(clock_id)
        agenda.add(at, task, owner["id"])
