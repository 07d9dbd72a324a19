"""Servers that Stripe never is: the adapter ends its call in time and goes nowhere else (R25)."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep

import pytest

from payments.domain.errors import GatewayUnavailable
from payments.gateways.base import Credentials
from payments.gateways.stripe import StripeGateway

CREDENTIALS = Credentials("pk_test_1", "sk_test_1", (), livemode=False)

Talk = Callable[[socket.socket], None]


@contextmanager
def server(talk: Talk, visits: list[str] | None = None) -> Iterator[str]:
    """Answers every connection with `talk`, and notes it; yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                if visits is not None:
                    visits.append("!")
                threading.Thread(target=_quietly, args=(talk, client), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def _quietly(talk: Talk, client: socket.socket) -> None:
    with client:
        try:
            client.recv(65536)
            talk(client)
        except OSError:
            return


def says(answer: bytes) -> Talk:
    return lambda client: client.sendall(answer)


def drips(client: socket.socket) -> None:
    """An answer that is always just about to come."""
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        client.sendall(b" ")
        sleep(0.1)


@pytest.mark.parametrize(
    "talk",
    [
        says(b""),
        says(b"\x00\xff garbage \r\n\r\n"),
        says(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>"),
        says(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\n\xff\xfe"),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"),
    ],
)
def test_whatever_is_no_answer_of_stripes_leaves_the_outcome_unknown(talk: Talk) -> None:
    with server(talk) as address:
        adapter = StripeGateway(CREDENTIALS, api_base=address, timeout=2)
        with pytest.raises(GatewayUnavailable):
            adapter.fetch_refunds("pi_1")


@pytest.mark.parametrize("talk", [drips, lambda client: sleep(20)])
def test_a_call_ends_in_time_however_slowly_the_answer_drips(talk: Talk) -> None:
    """P6: the limit is for the whole answer, and whoever waited in vain does not wait again."""
    visits: list[str] = []
    with server(talk, visits) as address:
        adapter = StripeGateway(CREDENTIALS, api_base=address, timeout=1)
        began = monotonic()
        with pytest.raises(GatewayUnavailable):
            adapter.fetch_refunds("pi_1")
        assert monotonic() - began < 15
    assert len(visits) == 1


def test_a_redirect_is_not_followed() -> None:
    visits: list[str] = []
    with server(lambda client: None, visits) as elsewhere:
        answer = f"HTTP/1.1 307 See\r\nLocation: {elsewhere}/\r\nContent-Length: 0\r\n\r\n"
        with server(says(answer.encode())) as address:
            adapter = StripeGateway(CREDENTIALS, api_base=address, timeout=2)
            with pytest.raises(Exception, match="payment service"):
                adapter.fetch_refunds("pi_1")
    assert visits == []
