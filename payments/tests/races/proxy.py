"""A small TCP proxy before PostgreSQL or Stripe that counts messages and strikes at one of them.

It knows nothing of either protocol: what a client sends until it is answered is a message, and what
a server sends back is its answer. PostgreSQL's answers end with the state of the transaction, which
tells after which messages something has become durable.
"""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Protocol

CHUNK: Final = 1 << 20
IDLE: Final = b"Z\x00\x00\x00\x05I"  # PostgreSQL is ready, and in no transaction


class Strike(Protocol):
    """Called with the number of a message, from 1: before it goes on, and when its answer is there
    but not yet passed on."""

    def before(self, message: int) -> None: ...

    def answered(self, message: int, answer: bytes) -> None: ...


@dataclass
class Watch:
    """Strikes nowhere; remembers how many messages there were, and which made something durable."""

    messages: int = 0
    durable: list[int] = field(default_factory=list)

    def before(self, message: int) -> None:
        self.messages = message

    def answered(self, message: int, answer: bytes) -> None:
        if answer.endswith(IDLE) or answer.startswith(b"HTTP"):
            self.durable.append(message)


@dataclass
class StrikeBefore:
    """Does `blow` instead of passing on message number `at`."""

    at: int
    blow: Callable[[], None]

    def before(self, message: int) -> None:
        if message == self.at:
            self.blow()
            raise ConnectionAbortedError

    def answered(self, message: int, answer: bytes) -> None:
        return


@dataclass
class StrikeAfter:
    """Does `blow` instead of passing on the answer to message number `at`."""

    at: int
    blow: Callable[[], None]

    def before(self, message: int) -> None:
        return

    def answered(self, message: int, answer: bytes) -> None:
        if message == self.at:
            self.blow()
            raise ConnectionAbortedError


@dataclass
class Talk:
    """Where one connection is: the number of its latest message, and whether that has an answer."""

    number: int = 0
    is_answered: bool = True


class Proxy:
    """Listens on a socket of its own in front of `connect`; a context manager."""

    def __init__(self, connect: Callable[[], socket.socket], listener: socket.socket) -> None:
        self._connect, self._listener = connect, listener
        self.strike: Strike = Watch()
        self._messages = 0
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []

    def arm(self, strike: Strike) -> None:
        """Count from one again, for `strike`."""
        with self._lock:
            self.strike, self._messages = strike, 0

    def __enter__(self) -> "Proxy":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Close every connection."""
        with self._lock:
            rest, self._open = self._open, []
        for end in rest:
            end.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = self._connect()
        with self._lock:
            self._open += [client, server]
            strike = self.strike
        talk = Talk()
        answers = threading.Thread(
            target=self._answer, args=(client, server, strike, talk), daemon=True
        )
        answers.start()
        try:
            while part := client.recv(CHUNK):
                if talk.is_answered:
                    with self._lock:
                        self._messages += 1
                        talk.number, talk.is_answered = self._messages, False
                    strike.before(talk.number)
                server.sendall(part)
        except OSError:
            pass
        finally:
            _close(client, server)

    def _answer(
        self, client: socket.socket, server: socket.socket, strike: Strike, talk: Talk
    ) -> None:
        try:
            while answer := server.recv(CHUNK):
                talk.is_answered = True
                strike.answered(talk.number, answer)
                client.sendall(answer)
        except OSError:
            pass
        finally:
            _close(client, server)


def _close(*ends: socket.socket) -> None:
    for end in ends:
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            continue


class Folder:
    """A temporary folder with PostgreSQL's socket in it, passed on to the real server."""

    def __init__(self, host: str, port: str) -> None:
        self._host, self._port = host, port or "5432"
        self._folder = TemporaryDirectory(prefix="pg-")
        self.path = self._folder.name

    def proxy(self) -> Proxy:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(Path(self.path) / ".s.PGSQL.5432"))
        listener.listen(64)
        return Proxy(self._connect, listener)

    def _connect(self) -> socket.socket:
        if not self._host.startswith("/"):
            return socket.create_connection((self._host, int(self._port)))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{self._host}/.s.PGSQL.{self._port}")
        return server


def tcp_proxy(host: str, port: int) -> tuple[Proxy, int]:
    """A proxy before that address, and the port it listens on."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    own: int = listener.getsockname()[1]
    return Proxy(lambda: socket.create_connection((host, port)), listener), own
