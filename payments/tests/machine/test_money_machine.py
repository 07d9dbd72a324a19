"""A long random life of a shop's money against the real sandbox and PostgreSQL (C11, P1)."""

import os
from datetime import timedelta
from typing import Final

import pytest
from django.conf import LazySettings
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import run_state_machine_as_test

from payments.tests.machine.banks import Banks
from payments.tests.machine.changes import Changes
from payments.tests.machine.clock import one_clock
from payments.tests.machine.customers import Customers
from payments.tests.machine.dying import died_here, killed_over
from payments.tests.machine.misfortune import Misfortune
from payments.tests.machine.rentals import Rentals
from payments.tests.machine.shop import Shop
from payments.tests.machine.staff import Staff
from payments.tests.races.crash import wires_to
from payments.tests.sandbox import Sandbox

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

STEPS_OF_A_LIFE: Final = 50
# More, and other ones each time: `make machine STEPS=100000`.
WANTED = int(os.environ.get("MACHINE_STEPS") or "0")
KILLS = "MACHINE_KILLS" in os.environ


class MoneyMachine(Customers, Staff, Rentals, Changes, Banks, Misfortune):
    """Everybody at once."""

    def teardown(self) -> None:
        """Whatever happened, in the end it is quiet and the books are right."""
        self.come_to_rest(after=timedelta(0))


def how_long() -> hypothesis_settings:
    """So many lives, the same in every run unless more are wanted."""
    lives = WANTED // STEPS_OF_A_LIFE or 80
    return hypothesis_settings(
        max_examples=lives, stateful_step_count=STEPS_OF_A_LIFE, derandomize=not WANTED
    )


def test_the_books_are_right_whatever_happens(sandbox: Sandbox, settings: LazySettings) -> None:
    """C11, P1: after each quiet all invariants hold, and the sandbox's books equal ours."""
    settings.REFUND_APPROVAL_MINOR = {"EUR": 6000}
    with one_clock(sandbox) as clock, wires_to(sandbox) as wires:
        shop = Shop(sandbox, clock, killed_over(wires) if KILLS else died_here)

        class OfThisShop(MoneyMachine):
            def __init__(self) -> None:
                super().__init__(shop)

        run_state_machine_as_test(OfThisShop, settings=how_long())
    assert shop.steps.total() >= (WANTED // 4 or 2000), shop.steps
    assert bool(wires.killed) is KILLS
