"""Shapes of the API's bodies and answers. Rules live in the domain, not here."""

from payments.serializers.adjustments import adjustments_by_product
from payments.serializers.balances import DaysSerializer, LedgerSummarySerializer
from payments.serializers.board import BoardSerializer, DayQuerySerializer
from payments.serializers.cancellation import CancellationQuoteSerializer, shown_quote
from payments.serializers.carts import (
    MAX_QUANTITY,
    CancelSerializer,
    CartSerializer,
    NothingSerializer,
    PlacedOrderSerializer,
    QuoteSerializer,
)
from payments.serializers.changes import (
    ChangePreviewSerializer,
    ChangeSerializer,
    ExtendSerializer,
    OrderChangeSerializer,
    ShortenSerializer,
    shown_change,
    shown_change_preview,
)
from payments.serializers.claims import (
    BalancePageSerializer,
    ClaimEvidenceSerializer,
    ClaimSerializer,
)
from payments.serializers.deposits import (
    ClaimRequestSerializer,
    DepositPreviewSerializer,
    EvidenceFileSerializer,
    ReasonSerializer,
    WithdrawClaimSerializer,
    shown_preview,
)
from payments.serializers.documents import DocumentRequestSerializer, DocumentSerializer
from payments.serializers.drafts import DraftSerializer, SendQuoteSerializer
from payments.serializers.fulfilment import MovementPhotoSerializer
from payments.serializers.gateways import GatewaySerializer
from payments.serializers.holds import DepositPageSerializer
from payments.serializers.ledger import LedgerEntrySerializer
from payments.serializers.movements import (
    HandOverSerializer,
    SwapUnitSerializer,
    TakeBackSerializer,
)
from payments.serializers.orders import (
    RentalOrderDetailSerializer,
    RentalOrderListSerializer,
    StaffRentalOrderDetailSerializer,
)
from payments.serializers.payments import PaymentSerializer, RefundSerializer
from payments.serializers.refunds import (
    GiveBackSerializer,
    PaidByHandSerializer,
    RefundRequestSerializer,
)
from payments.serializers.units import (
    OutOfServiceSerializer,
    RegisterUnitsSerializer,
    UnitSerializer,
)

__all__ = [
    "MAX_QUANTITY",
    "BalancePageSerializer",
    "BoardSerializer",
    "CancelSerializer",
    "CancellationQuoteSerializer",
    "CartSerializer",
    "ChangePreviewSerializer",
    "ChangeSerializer",
    "ClaimEvidenceSerializer",
    "ClaimRequestSerializer",
    "ClaimSerializer",
    "DayQuerySerializer",
    "DaysSerializer",
    "DepositPageSerializer",
    "DepositPreviewSerializer",
    "DocumentRequestSerializer",
    "DocumentSerializer",
    "DraftSerializer",
    "EvidenceFileSerializer",
    "ExtendSerializer",
    "GatewaySerializer",
    "GiveBackSerializer",
    "HandOverSerializer",
    "LedgerEntrySerializer",
    "LedgerSummarySerializer",
    "MovementPhotoSerializer",
    "NothingSerializer",
    "OrderChangeSerializer",
    "OutOfServiceSerializer",
    "PaidByHandSerializer",
    "PaymentSerializer",
    "PlacedOrderSerializer",
    "QuoteSerializer",
    "ReasonSerializer",
    "RefundRequestSerializer",
    "RefundSerializer",
    "RegisterUnitsSerializer",
    "RentalOrderDetailSerializer",
    "RentalOrderListSerializer",
    "SendQuoteSerializer",
    "ShortenSerializer",
    "StaffRentalOrderDetailSerializer",
    "SwapUnitSerializer",
    "TakeBackSerializer",
    "UnitSerializer",
    "WithdrawClaimSerializer",
    "adjustments_by_product",
    "shown_change",
    "shown_change_preview",
    "shown_preview",
    "shown_quote",
]
