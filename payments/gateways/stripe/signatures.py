"""Whether a webhook is Stripe's."""

import time
from typing import Final

import stripe

# A delivery is signed when it is sent; further off than this it is a replay (matrix row B06).
SIGNATURE_TOLERANCE: Final = 300


def signed_by(secret: str, body: bytes, header: str) -> bool:
    """Whether the header signs `body` with `secret`, within five minutes to either side."""
    try:
        # SDK 16 raises more than its own error for odd headers and bodies (matrix row B05).
        stripe.WebhookSignature.verify_header(body, header, secret, SIGNATURE_TOLERANCE)
        timestamp = int(header.split("t=", 1)[1].split(",", 1)[0])
    except Exception:
        return False
    # The SDK looks at the past side only (matrix row B06).
    return timestamp <= time.time() + SIGNATURE_TOLERANCE
