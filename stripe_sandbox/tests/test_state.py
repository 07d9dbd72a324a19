"""``--state``: the books survive a restart."""

from __future__ import annotations

import hashlib
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import stripe

from stripe_sandbox import state
from stripe_sandbox.measure import free_port
from stripe_sandbox.sandbox import Sandbox, Settings
from stripe_sandbox.state import StateFile

from .support import Receiver, Running, until, wish


def start(file: Path, *more: str) -> Running:
    return Running("--state", str(file), "--seed", "3", "--webhook-retries", "0.1,0.1", *more)


def refusal(file: Path) -> str:
    """What the command says when it does not start."""
    command = [sys.executable, "-m", "stripe_sandbox", "--port", str(free_port())]
    ended = subprocess.run(
        [*command, "--state", str(file)], capture_output=True, text=True, timeout=20, check=False
    )
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    return ended.stderr


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    sandbox = start(tmp_path / "books")
    client = sandbox.client()
    options: stripe.RequestOptions = {"idempotency_key": "mine"}
    first = client.v1.checkout.sessions.create(wish(), options)
    sandbox.pay(client.v1.checkout.sessions.create(wish()).id)
    intent = client.v1.payment_intents.list().data[0]
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 100})
    sandbox.fault(match={"path": "/v1/charges"}, kind="status_429", times=1)
    sandbox.advance(3600)
    books = sandbox.get("/_sandbox/books").text
    events = sandbox.event_types()
    calls = sandbox.calls()
    sandbox.stop()

    sandbox = start(tmp_path / "books")
    client = sandbox.client()
    try:
        assert sandbox.get("/_sandbox/books").text == books
        assert sandbox.calls() == calls
        assert sandbox.event_types() == events
        assert sandbox.get("/_sandbox/clock").json()["offset_seconds"] == pytest.approx(3600)
        with pytest.raises(stripe.RateLimitError):
            client.v1.charges.list()
        again = client.v1.checkout.sessions.create(wish(), options)
        assert again.id == first.id
        assert again.last_response is not None
        assert again.last_response.headers["idempotent-replayed"] == "true"
        known = {first.id, *(session.id for session in client.v1.checkout.sessions.list().data)}
        assert client.v1.checkout.sessions.create(wish()).id not in known
        sandbox.advance(24 * 3600)
        assert client.v1.checkout.sessions.retrieve(first.id).status == "expired"
    finally:
        sandbox.stop()


def test_webhooks_under_way_go_on_after_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    hook = ("--webhook", f"{receiver.url}=whsec_one")
    sandbox = start(tmp_path / "books", *hook)
    sandbox.fault(webhook={"kind": "delay", "seconds": 60})
    sandbox.client().v1.customers.create({})
    sandbox.stop()
    sandbox = start(tmp_path / "books", *hook)
    try:
        assert receiver.received == []
        assert len(sandbox.get("/_sandbox/webhooks").json()["data"]) == 1
        sandbox.advance(61)
        receiver.wait_for("customer.created")
    finally:
        sandbox.stop()


@pytest.mark.parametrize("damage", ["cut", "flipped", "foreign"])
def test_a_damaged_file_is_refused_with_a_sentence(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "books"
    start(file).stop()
    whole = file.read_bytes()
    place = len(whole) // 2
    flipped = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
    file.write_bytes({"cut": whole[:-9], "flipped": flipped, "foreign": b"{}"}[damage])
    kept = file.read_bytes()
    assert "Move it away to start with empty books" in refusal(file)
    assert file.read_bytes() == kept


def test_a_file_cannot_run_anything(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (subprocess.getoutput, (f"touch {tmp_path / 'done'}",))

    body = pickle.dumps({"clock": Evil()})
    checksum = hashlib.sha256(body).hexdigest().encode()
    (tmp_path / "books").write_bytes(state._MARK + checksum + b"\n" + body)
    assert "has no place in it" in refusal(tmp_path / "books")
    assert not (tmp_path / "done").exists()


def test_a_file_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    assert "No such file or directory" in refusal(tmp_path / "nowhere" / "books")


def test_the_books_are_saved_now_and_then(tmp_path: Path) -> None:
    file = tmp_path / "books"
    sandbox = start(file)
    before = file.stat().st_mtime_ns
    sandbox.client().v1.customers.create({})
    until(lambda: file.stat().st_mtime_ns != before, "the saving", seconds=2 * state.EVERY)
    sandbox.kill()
    sandbox = start(file)
    try:
        assert len(sandbox.client().v1.customers.list().data) == 1
    finally:
        sandbox.stop()


def test_a_webhook_that_was_on_the_wire_is_sent_again(tmp_path: Path) -> None:
    file, before, after = (
        StateFile(tmp_path / "b"),
        Sandbox(Settings(), {}),
        Sandbox(Settings(), {}),
    )
    endpoint = before.webhooks.register("http://127.0.0.1:9/", ["whsec_one"])
    delivery = before.webhooks._note({"id": "evt_1", "type": "customer.created"}, endpoint)
    file.save(before)
    file.load(after)
    assert after.agenda.subjects("deliver") == {delivery.id}
