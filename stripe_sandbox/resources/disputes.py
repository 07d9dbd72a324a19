"""Disputes, as the shop sees and answers them; what the bank does: ``chargebacks``."""

from __future__ import annotations

from typing import Any

from ..call import Call
from ..errors import StateConflictError
from ..lists import page
from ..params import merge_metadata
from ..sandbox import Sandbox
from ..store import Obj
from .chargebacks import EVIDENCE, OPEN, UNDER_REVIEW, decide, have_decided, is_inquiry


def retrieve(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/disputes/{id}``."""
    return sandbox.store.disputes.get(call.id)


def list_all(sandbox: Sandbox, call: Call) -> Obj:
    """``GET /v1/disputes``."""
    return page(sandbox.store.disputes, call.path, call.params, "charge", "payment_intent")


def update(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/disputes/{id}``: metadata and evidence, which is handed in unless staged."""
    dispute = sandbox.store.disputes.get(call.id)
    params = call.params
    changes: Obj = {"metadata": merge_metadata(dispute["metadata"], params.get("metadata"))}
    if "intended_submission_method" in params:
        changes["intended_submission_method"] = params["intended_submission_method"]
    evidence = params.get("evidence")
    if evidence is not None or params.get("submit"):
        _expect_open(dispute)
        changes |= _with_evidence(dispute, evidence or {}, submit=params.get("submit", True))
    previous = {name: dispute[name] for name in changes if dispute[name] != changes[name]}
    changed = sandbox.store.disputes.update(call.id, **changes)
    if previous:
        sandbox.emit("charge.dispute.updated", changed, call.origin, previous)
    if changed["status"] in UNDER_REVIEW and dispute["status"] in OPEN:
        have_decided(sandbox, changed)
    return changed


def _with_evidence(dispute: Obj, evidence: dict[str, Any], *, submit: bool) -> Obj:
    merged = {**dispute["evidence"], **evidence}
    details = {**dispute["evidence_details"], "has_evidence": any(merged[n] for n in EVIDENCE)}
    if not submit:
        return {"evidence": merged, "evidence_details": details}
    details |= {"submission_count": 1, "submission_method": "manual"}
    review = "warning_under_review" if is_inquiry(dispute) else "under_review"
    return {"evidence": merged, "evidence_details": details, "status": review}


def _expect_open(dispute: Obj) -> None:
    if dispute["status"] not in OPEN:
        raise StateConflictError(
            f"This dispute has a status of {dispute['status']}: evidence can neither be changed "
            "nor handed in any more."
        )


def close(sandbox: Sandbox, call: Call) -> Obj:
    """``POST /v1/disputes/{id}/close``: the shop gives in, for good."""
    dispute = sandbox.store.disputes.get(call.id)
    if dispute["status"] not in OPEN:
        raise StateConflictError(
            f"This dispute has a status of {dispute['status']} and cannot be closed."
        )
    return decide(sandbox, dispute, "lost", call.origin)
