"""Webhooks that did not reach us are fetched, into the same inbox as those that did (rule R7)."""

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from common.logging import get_logger
from payments.gateways import adapter_for
from payments.models import PaymentGateway
from payments.services.outside import in_pages
from payments.services.webhooks import store

log = get_logger(__name__)

# Gateways list their events for so long.
LISTED_FOR: Final = timedelta(days=30)


def collect_missed_events() -> int:
    """Store every event that was not delivered since the last time; returns how many were new.

    Raises GatewayUnavailable; what was collected before that is kept, and the rest comes next time.
    """
    return sum(_collect(gateway) for gateway in PaymentGateway.objects.active())


def _collect(gateway: PaymentGateway) -> int:
    began = timezone.now()
    missed = adapter_for(gateway).list_undelivered(_since(gateway, began))
    new = sum(store(gateway, event) for page in in_pages(missed) for event in page)
    PaymentGateway.objects.filter(pk=gateway.pk).update(events_swept_at=began)
    log.info("missed_events_collected", gateway=gateway.gateway_type, new=new)
    return new


def _since(gateway: PaymentGateway, now: datetime) -> datetime:
    earliest = now - LISTED_FOR
    return max(gateway.events_swept_at or earliest, earliest)
