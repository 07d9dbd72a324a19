"""What the endpoints of webhook endpoints accept."""

from __future__ import annotations

from ..params import Boolean, Choice, ListOf, Metadata, Param, Text, Url
from .common import accepts

_ENDPOINT: dict[str, Param] = {
    "description": Text(clearable=True),
    "enabled_events": ListOf(Text(), limit=500),
    "metadata": Metadata(),
    "url": Url(),
}
CREATE = accepts(
    {**_ENDPOINT, "api_version": Text(), "connect": Choice("false")}, "enabled_events", "url"
)
UPDATE = accepts({**_ENDPOINT, "disabled": Boolean()})
