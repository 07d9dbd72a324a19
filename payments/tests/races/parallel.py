"""Many at once: threads let go by one barrier, in this process or in several."""

import multiprocessing
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from typing import TypeVar

from django.db import connections
from filelock import FileLock

from config.embedded import LOCAL

T = TypeVar("T")

PATIENCE = 60  # seconds until a race that hangs is given up

# One large race at a time on this machine, whichever of pytest's workers runs it: each opens up to
# fifty connections, and PostgreSQL takes a hundred unless told otherwise.
_TRACK = FileLock(LOCAL / "race.lock")
_SMALL = 8


class Meeting:
    """Where those who have looked wait for each other before they act, in threads or processes.

    So that a twin without its guard fails by what it lacks and not by luck. Where the guard is, one
    alone gets there, and goes on after `patience` seconds; from then on nobody waits here.
    """

    def __init__(self, parties: int, patience: float = PATIENCE / 2) -> None:
        self._barrier = multiprocessing.get_context("fork").Barrier(parties)
        self._patience = patience

    def wait(self) -> None:
        with suppress(threading.BrokenBarrierError):
            self._barrier.wait(self._patience)


def together(calls: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """Run every call in a thread of its own, all let go at once; answers in the same order.

    What a call raises stands in the place of its answer.
    """
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | Exception:
        try:
            connections["default"].ensure_connection()
            barrier.wait(PATIENCE)
            return call()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    LOCAL.mkdir(exist_ok=True)
    with (
        _TRACK if len(calls) > _SMALL else nullcontext(),
        ThreadPoolExecutor(len(calls)) as threads,
    ):
        return list(threads.map(run, calls))


def answers(results: Sequence[T | Exception]) -> list[T]:
    """The answers of `together` where nothing may fail: the first failure is raised."""
    for result in results:
        if isinstance(result, Exception):
            raise result
    return [result for result in results if not isinstance(result, Exception)]


def in_processes(processes: int, threads: int, work: Callable[[int], str]) -> list[str]:
    """Call `work(n)` for n = 0, 1, ... in `threads` threads of each of `processes` processes.

    Forked, each with database connections of its own, and let go by one barrier. An exception
    comes back as its class's name and text.
    """
    connections.close_all()  # a connection must not be shared by a parent and its child
    fork = multiprocessing.get_context("fork")
    barrier, results = fork.Barrier(processes * threads), fork.Queue()
    children = [
        fork.Process(target=_child, args=(n, threads, work, barrier, results))
        for n in range(processes)
    ]
    LOCAL.mkdir(exist_ok=True)
    with _TRACK:
        for child in children:
            child.start()
        found = [results.get(timeout=PATIENCE) for _ in range(processes * threads)]
        for child in children:
            child.join(PATIENCE)
    return found


def _child(
    number: int,
    threads: int,
    work: Callable[[int], str],
    barrier: Barrier,
    results: "Queue[str]",
) -> None:
    def run(n: int) -> None:
        try:
            connections["default"].ensure_connection()
            barrier.wait(PATIENCE)
            results.put(work(n))
        except Exception as error:
            results.put(f"{type(error).__name__}: {error}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, range(number * threads, (number + 1) * threads)))
