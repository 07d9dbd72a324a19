"""uvicorn, taught to hang up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .transport import CUT

if TYPE_CHECKING:
    from .app import App


class CuttableProtocol(HttpToolsProtocol):
    """Gives the application a way to cut the connection, which ASGI does not have."""

    def on_message_begin(self) -> None:
        """Put the way out into the scope of the request that begins."""
        super().on_message_begin()
        self.scope[CUT] = self.transport.abort  # type: ignore[literal-required]


def server(app: App, host: str, port: int) -> uvicorn.Server:
    """A server for the application; ``run()`` serves until it is told to stop."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=CuttableProtocol,
        log_level="warning",
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config)
