"""From the SDK's exceptions to ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import stripe

from payments.domain.errors import GatewayBroke, GatewayRefused, GatewayUnavailable

# Trying again later is right: silence, overload, or a key that a person has to mend first.
OUTCOME_UNKNOWN: Final = (
    stripe.APIConnectionError,
    stripe.RateLimitError,
    stripe.APIError,
    stripe.AuthenticationError,
    stripe.PermissionError,
)


@contextmanager
def our_errors() -> Iterator[None]:
    """Turn the SDK's exceptions into ours: unknown outcome, or a clear refusal."""
    try:
        yield
    except OUTCOME_UNKNOWN as error:
        broke = isinstance(error, stripe.APIError) and (error.http_status or 0) >= 500
        raise (GatewayBroke if broke else GatewayUnavailable) from error
    except stripe.IdempotencyError as error:
        if error.http_status == 409:  # our own first attempt is still running there
            raise GatewayUnavailable from error
        raise GatewayRefused(_reason(error)) from error
    except stripe.StripeError as error:
        raise GatewayRefused(_reason(error)) from error


def _reason(error: stripe.StripeError) -> str:
    """A short text for the log and the row; Stripe's messages may quote what was sent."""
    return f"The payment service refused the request ({error.code or type(error).__name__})."
