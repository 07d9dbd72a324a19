"""Which webhooks the adapter believes (B05, B06, B08)."""

import json
import time
from collections.abc import Callable

import pytest

from payments.gateways.base import InvalidSignature
from payments.tests.gateways.support import event_of, gateway
from payments.tests.sandbox import Sandbox, signed

BODY = json.dumps(event_of("customer.created", {"id": "cus_1"})).encode()


def read(sandbox: Sandbox, header: str, body: bytes = BODY) -> str:
    return gateway(sandbox).read_webhook(body, {"Stripe-Signature": header}).event_id


@pytest.mark.parametrize("secret", ["whsec_new", "whsec_old"])
def test_while_a_secret_is_rolled_both_are_believed(sandbox: Sandbox, secret: str) -> None:
    """B08."""
    assert read(sandbox, signed(BODY, secret)) == "evt_1"


@pytest.mark.parametrize(
    "header",
    [
        lambda: "",
        lambda: signed(BODY, "whsec_other"),
        lambda: signed(BODY + b" ", "whsec_new"),
        lambda: signed(BODY, "whsec_new").replace("v1=", "v0="),
        lambda: signed(BODY, "whsec_new", int(time.time()) - 301),
        lambda: signed(BODY, "whsec_new", int(time.time()) + 400),
        lambda: f"t={int(time.time())}," + signed(BODY, "whsec_new", int(time.time()) - 4000),
        lambda: f"t={int(time.time())},v1=café",
        lambda: "t=,v1=",
        lambda: "v1",
    ],
)
def test_what_stripe_did_not_sign_now_is_not_believed(
    sandbox: Sandbox, header: Callable[[], str]
) -> None:
    """B05, B06: on both sides of now, and without an error of ours."""
    with pytest.raises(InvalidSignature):
        read(sandbox, header())


@pytest.mark.parametrize(
    "body", [b"[1, 2]", b"null", b"{}", b"\xff", b"[" * 100_000, b'{"data": {"object": 1}}']
)
def test_a_signed_body_that_is_no_event_is_refused(sandbox: Sandbox, body: bytes) -> None:
    """B05: signed is not the same as sane."""
    header = "" if body == b"\xff" else signed(body, "whsec_new")
    with pytest.raises(InvalidSignature):
        read(sandbox, header, body)
