"""The journey of `make demo`, from the cart to the refund, over HTTP with every part real."""

import pytest
import requests

from demo.journey import Journey
from demo.stack import Stack

pytestmark = pytest.mark.slow


def test_every_step_of_the_journey_holds(demo_stack: Stack) -> None:
    journey = Journey(demo_stack.site, demo_stack.sandbox)
    lines = list(journey.steps())
    assert len(lines) == 15
    assert "EXPIRED" in lines[-1]


def test_the_running_shop_says_that_it_is_ready(demo_stack: Stack) -> None:
    ready = requests.get(f"{demo_stack.site}/readyz", timeout=10).json()
    assert ready["status"] == "ok"
    assert set(ready["checks"]) == {"database", "cache", "queue"}
