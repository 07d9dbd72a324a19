"""The shop's payment gateways: the one in use, and what must hold when somebody changes one."""

from django.db import IntegrityError, transaction

from accounts.models import User
from common.errors import InvalidInput, Unavailable
from common.logging import get_logger
from common.prepared import columns, fetch, instance
from payments.domain.errors import GatewayAlreadyActive
from payments.gateways import key_is_live
from payments.models import PaymentGateway

log = get_logger(__name__)

_ACTIVE = f"""
SELECT {columns(PaymentGateway)} FROM payments_paymentgateway
WHERE gateway_type = %s AND is_active
"""  # noqa: S608


def active_gateway(gateway_type: str) -> PaymentGateway | None:
    """The gateway of this type in use; by a prepared statement, since orders and webhooks wait."""
    found = fetch(_ACTIVE, [gateway_type])
    return instance(PaymentGateway, found[0]) if found else None


def gateway_in_use() -> PaymentGateway:
    """The gateway that takes payments. Raises Unavailable if there is none."""
    gateway = active_gateway("STRIPE")
    if gateway is None:
        raise Unavailable("The shop has no active payment gateway. Please contact the shop.")
    return gateway


def check_credentials(*, gateway_type: str, secret_key: str, is_test_mode: bool) -> None:
    """Raises InvalidInput for a key of the other mode: test money never counts as live (I24)."""
    if key_is_live(gateway_type, secret_key) is is_test_mode:
        text = f"This is a {'live' if is_test_mode else 'test'} key, and the gateway is not."
        raise InvalidInput(f"secret_key: {text}", errors={"secret_key": [text]})


def save_gateway(gateway: PaymentGateway, by: User, changed: list[str]) -> None:
    """Write a gateway; `changed` names its fields for the log, which never has their values.

    Raises GatewayAlreadyActive for a second one of its type.
    """
    try:
        with transaction.atomic():
            gateway.save()
    except IntegrityError as error:
        raise GatewayAlreadyActive from error
    log.info("gateway_changed", gateway=str(gateway.pk), changed=sorted(changed), by=str(by.pk))
