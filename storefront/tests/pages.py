"""Reading a page as a person does: its words, without the tags."""

import html
import re
from typing import Any

from django.test import Client

from accounts.models import User


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
