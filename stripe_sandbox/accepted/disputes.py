"""What the endpoints of Disputes accept."""

from __future__ import annotations

from ..params import Boolean, Choice, Fields, Metadata, Param, Text
from ..resources.chargebacks import EVIDENCE
from .common import LATER, accepts

#: Evidence that Stripe takes as the id of a file; the sandbox has no files.
_FILES = (
    "cancellation_policy", "customer_communication", "customer_signature",
    "duplicate_charge_documentation", "receipt", "refund_policy", "service_documentation",
    "shipping_documentation", "uncategorized_file",
)  # fmt: skip
_EVIDENCE: dict[str, Param] = {
    **dict.fromkeys(EVIDENCE, Text(limit=20_000, clearable=True)),
    **dict.fromkeys(_FILES, LATER),
    "appeal": LATER,
    "enhanced_evidence": LATER,
}

UPDATE = accepts(
    {
        "evidence": Fields(_EVIDENCE),
        "intended_submission_method": Choice(
            "manual", "prefer_manual", "prefer_smart_disputes", "smart_disputes"
        ),
        "metadata": Metadata(),
        "submit": Boolean(),
    }
)
