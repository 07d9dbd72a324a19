"""Keeping the gateways' credentials readable while the keys that encrypt them change (rule R23)."""

from django.db import transaction

from common.logging import get_logger
from payments.models import PaymentGateway

log = get_logger(__name__)


def rotate_credentials() -> int:
    """Encrypt every gateway's credentials with the first key, all or none; returns how many rows.

    Raises CredentialUnreadable when one of them fits none of the keys.
    """
    with transaction.atomic():
        # Locked, so that what an administrator enters meanwhile comes after, and is not lost.
        gateways = list(PaymentGateway.objects.select_for_update(no_key=True))
        for gateway in gateways:
            gateway.save(update_fields=["public_key", "secret_key", "webhook_secret"])
    log.info("credentials_rotated", gateways=len(gateways))
    return len(gateways)
