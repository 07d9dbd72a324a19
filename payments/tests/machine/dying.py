"""A process that dies at the n-th message that it sends to the database, or to Stripe."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

import pytest
from django.db import connection

from payments.gateways.stripe.transport import Transport
from payments.tests.races.crash import Flow, Wires
from payments.tests.races.proxy import StrikeAfter, StrikeBefore, Watch

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Death:
    """Before the n-th message goes out, or when it was carried out and before its answer comes."""

    message: int
    after: bool
    at_stripe: bool


class Deathbed(Protocol):
    """Does something, and dies over it unless it is done before."""

    def __call__(self, doing: Flow, death: Death) -> Any: ...


class Died(BaseException):
    """Nobody is told, since every `except Exception` lets it pass."""


def died_here(doing: Flow, death: Death) -> Any:
    """In this process, quickly: transactions roll back, jobs and leases stay as they are."""
    with _dying(death):
        return doing()


def really_killed(wires: Wires, doing: Flow, death: Death) -> None:
    """In a process of its own that is killed with SIGKILL."""
    strike = (StrikeAfter if death.after else StrikeBefore)(death.message, lambda: None)
    database, stripe = (Watch(), strike) if death.at_stripe else (strike, Watch())
    wires.run(doing, database, stripe)


@contextmanager
def _dying(death: Death) -> Iterator[None]:
    sent = 0

    def send(doing: Callable[..., Answer], *arguments: Any, **more: Any) -> Answer:
        nonlocal sent
        sent += 1
        if sent == death.message and not death.after:
            raise Died
        answer = doing(*arguments, **more)
        if sent == death.message:
            raise Died
        return answer

    if not death.at_stripe:
        with connection.execute_wrapper(send):
            yield
        return
    call = Transport.request
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transport, "request", lambda *some, **more: send(call, *some, **more))
        yield


def killed_over(wires: Wires) -> Deathbed:
    """`really_killed` over these wires."""
    return partial(really_killed, wires)
