"""Jobs are named by a string (services/jobs.py), so nothing but a test sees a misspelled one."""

import re
from pathlib import Path

from procrastinate.contrib.django import app

SERVICES = Path(__file__).resolve().parent.parent / "services"


def test_every_job_that_is_asked_for_exists() -> None:
    texts = [path.read_text() for path in SERVICES.glob("*.py")]
    asked = {name for text in texts for name in re.findall(r'enqueue\(\s*"(\w+)"', text)}
    asked |= set(re.findall(r'\(\("(\w+)", "\w+_id"', (SERVICES / "sweep.py").read_text()))
    assert {"apply_webhook", "send_refund", "pursue_payment", "expire_order"} <= asked
    assert {f"payments.{name}" for name in asked} <= set(app.tasks)
