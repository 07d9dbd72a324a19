"""What must hold when somebody configures a payment gateway."""

from django.db import IntegrityError, transaction

from accounts.models import User
from common.errors import InvalidInput
from common.logging import get_logger
from payments.domain.errors import GatewayAlreadyActive
from payments.gateways import key_is_live
from payments.models import PaymentGateway

log = get_logger(__name__)


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
