"""Using the pages as a person does: reading their words, filling in their forms."""

import html
import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.test import Client

from accounts.models import User
from payments.tests.factories import START

BERLIN = ZoneInfo("Europe/Berlin")


def words(response: Any) -> str:
    """The text of a page's <main>, white space folded."""
    main = re.search(r"<main.*</main>", response.content.decode(), re.DOTALL)
    assert main is not None, response.content
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", main[0])).split())


def signed_in(user: User) -> Client:
    """A browser with the session of `user`."""
    client = Client()
    client.force_login(user)
    return client


def wall(instant: datetime) -> str:
    """As the browser's widget writes it."""
    return instant.astimezone(BERLIN).strftime("%Y-%m-%dT%H:%M")


def choice(quantity: object = 2, **changes: str) -> dict[str, str]:
    """Two units for two days, 100.00 rent."""
    start, end = wall(START), wall(START + timedelta(days=2))
    return {"start": start, "end": end, "quantity": str(quantity), **changes}
