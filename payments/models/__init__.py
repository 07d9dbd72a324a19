"""The tables of orders and money. `from payments.models import RentalOrder` is part of the spec."""

from payments.models.changes import OrderChange
from payments.models.coupons import Coupon, CouponRedemption
from payments.models.deposits import Claim, ClaimEvidence, DepositSettlement
from payments.models.disputes import Dispute
from payments.models.documents import Document, DocumentNumber
from payments.models.gateways import PaymentGateway
from payments.models.history import OrderEvent
from payments.models.holds import HoldClosing
from payments.models.idempotency import IdempotencyKey
from payments.models.items import RentalOrderItem
from payments.models.ledger import LedgerEntry, LedgerTransaction
from payments.models.movements import Movement, MovementPhoto, UnitBinding
from payments.models.notifications import PaymentNotification
from payments.models.orders import RentalOrder
from payments.models.payments import Payment, Refund
from payments.models.quotes import OrderQuote
from payments.models.reconciliation import ReconciliationFinding
from payments.models.schedules import PaymentSchedule
from payments.models.units import ProductDay, Reservation
from payments.models.webhooks import WebhookEvent

__all__ = [
    "Claim",
    "ClaimEvidence",
    "Coupon",
    "CouponRedemption",
    "DepositSettlement",
    "Dispute",
    "Document",
    "DocumentNumber",
    "HoldClosing",
    "IdempotencyKey",
    "LedgerEntry",
    "LedgerTransaction",
    "Movement",
    "MovementPhoto",
    "OrderChange",
    "OrderEvent",
    "OrderQuote",
    "Payment",
    "PaymentGateway",
    "PaymentNotification",
    "PaymentSchedule",
    "ProductDay",
    "ReconciliationFinding",
    "Refund",
    "RentalOrder",
    "RentalOrderItem",
    "Reservation",
    "UnitBinding",
    "WebhookEvent",
]
