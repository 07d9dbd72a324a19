"""The registry: gateway type -> adapter. Adding a payment service is one line here."""

from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

from payments.gateways.base import Credentials, Gateway
from payments.gateways.stripe import StripeGateway

if TYPE_CHECKING:
    from payments.models import PaymentGateway

ADAPTERS = {"STRIPE": StripeGateway}


def adapter_for(gateway: "PaymentGateway") -> Gateway:
    """The adapter of a gateway row, with its credentials or the environment's."""
    return _adapter(gateway.gateway_type, credentials_of(gateway), settings.STRIPE_API_BASE)


def key_is_live(gateway_type: str, secret_key: str) -> bool | None:
    """Whether the key moves real money; None where it does not say."""
    return ADAPTERS[gateway_type].key_is_live(secret_key)


def credentials_of(gateway: "PaymentGateway") -> Credentials:
    """What the row holds; where it is empty, what the environment says."""
    secrets = gateway.webhook_secret or settings.STRIPE_WEBHOOK_SECRET
    return Credentials(
        public_key=gateway.public_key or settings.STRIPE_PUBLIC_KEY,
        secret_key=gateway.secret_key or settings.STRIPE_SECRET_KEY,
        webhook_secrets=tuple(part.strip() for part in secrets.split(",") if part.strip()),
        livemode=not gateway.is_test_mode,
    )


@lru_cache(maxsize=16)
def _adapter(gateway_type: str, credentials: Credentials, api_base: str) -> Gateway:
    """One client per set of credentials, so that its connections are kept open."""
    return ADAPTERS[gateway_type](credentials, api_base=api_base, timeout=settings.GATEWAY_TIMEOUT)
