"""GET /api/schema/ and /api/docs/"""

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client

METHODS = {"get", "post", "put", "patch", "delete"}

REFUND_STEP = {"400", "401", "403", "404", "409", "413", "415"}

# What every endpoint may answer beside its success. A new endpoint without a line here fails.
ERRORS = {
    "POST /auth/register/": {"400", "413", "415", "429"},
    "POST /auth/token/": {"400", "401", "413", "415", "429"},
    "POST /auth/token/refresh/": {"400", "401", "413", "415"},
    "POST /auth/logout/": {"400", "401", "413", "415"},
    "GET /auth/me/": {"401"},
    "GET /catalog/availability/": {"400"},
    "GET /catalog/opening_hours/": set(),
    "GET /catalog/categories/": {"400", "404"},
    "GET /catalog/products/": {"400", "404"},
    "GET /catalog/products/{product_id}/": {"404"},
    "GET /catalog/products/{product_id}/availability/": {"400", "404"},
    "POST /payments/rental-orders/create_from_cart/": {
        "400",
        "401",
        "409",
        "413",
        "415",
        "422",
        "429",
        "503",
    },
    "POST /payments/rental-orders/quote/": {"400", "401", "409", "413", "415", "429"},
    "GET /payments/rental-orders/my_orders/": {"400", "401", "404"},
    "GET /payments/rental-orders/{id}/": {"401", "404"},
    "POST /payments/rental-orders/{id}/cancel_order/": {
        "400",
        "401",
        "404",
        "409",
        "413",
        "415",
        "422",
    },
    "POST /payments/rental-orders/{id}/resync/": {
        "400",
        "401",
        "403",
        "404",
        "409",
        "413",
        "415",
        "503",
    },
    "GET /payments/rental-orders/{id}/cancellation_quote/": {"401", "404", "409"},
    "POST /payments/rental-orders/{id}/hold_deposit/": {
        *("400", "401", "404", "409", "413", "415", "503"),
    },
    "POST /payments/rental-orders/{id}/no_show/": {*REFUND_STEP, "422"},
    "POST /payments/rental-orders/{id}/hand_over/": {*REFUND_STEP, "422"},
    "POST /payments/rental-orders/{id}/take_back/": {*REFUND_STEP, "422"},
    "POST /payments/rental-orders/{id}/undo_take_back/": {*REFUND_STEP, "422"},
    "POST /payments/rental-orders/{id}/swap_unit/": {*REFUND_STEP, "422"},
    "POST /payments/rental-orders/{id}/movements/{movement_id}/undo/": {*REFUND_STEP, "422"},
    "GET /payments/rental-orders/{id}/movements/{movement_id}/photos/": {"401", "404"},
    "POST /payments/rental-orders/{id}/movements/{movement_id}/photos/": REFUND_STEP,
    "GET /payments/rental-orders/{id}/movements/{movement_id}/photos/{photo_id}/": {"401", "404"},
    "GET /catalog/products/{product_id}/units/": {"400", "401", "403", "404"},
    "POST /catalog/products/{product_id}/units/": REFUND_STEP,
    "POST /catalog/products/{product_id}/units/{unit_id}/out_of_service/": REFUND_STEP,
    "POST /catalog/products/{product_id}/units/{unit_id}/back_in_service/": REFUND_STEP,
    "POST /catalog/products/{product_id}/units/{unit_id}/retire/": REFUND_STEP,
    "GET /payments/rental-orders/{id}/claims/": {"401", "404"},
    "POST /payments/rental-orders/{id}/claims/": {*REFUND_STEP, "422"},
    "POST /payments/rental-orders/{id}/claims/{claim_id}/withdraw/": REFUND_STEP,
    "GET /payments/rental-orders/{id}/claims/{claim_id}/evidence/": {"401", "404"},
    "POST /payments/rental-orders/{id}/claims/{claim_id}/evidence/": REFUND_STEP,
    "GET /payments/rental-orders/{id}/claims/{claim_id}/evidence/{evidence_id}/": {"401", "404"},
    "POST /payments/rental-orders/{id}/extend/": {*REFUND_STEP, "422", "503"},
    "POST /payments/rental-orders/{id}/shorten/": {*REFUND_STEP, "422", "503"},
    "POST /payments/rental-orders/{id}/change/": {*REFUND_STEP, "422", "503"},
    "POST /payments/rental-orders/draft/": (REFUND_STEP - {"404"}) | {"422"},
    "POST /payments/rental-orders/{id}/send_quote/": REFUND_STEP,
    "POST /payments/rental-orders/{id}/accept_quote/": {*REFUND_STEP, "422", "503"},
    "POST /payments/rental-orders/{id}/withdraw_change/": {
        *("400", "401", "404", "409", "413", "415"),
    },
    "POST /payments/rental-orders/{id}/pay_balance/": {
        "400",
        "401",
        "404",
        "409",
        "413",
        "415",
        "503",
    },
    "GET /payments/rental-orders/{id}/settle_deposit/": {"401", "404", "409"},
    "POST /payments/rental-orders/{id}/settle_deposit/": {*REFUND_STEP, "422"},
    "GET /payments/rental-orders/{id}/refunds/": {"401", "404"},
    "POST /payments/rental-orders/{id}/refunds/": {*REFUND_STEP, "422"},
    "GET /payments/rental-orders/{id}/disputes/{dispute_id}/evidence/": {"401", "403", "404"},
    "GET /payments/rental-orders/{id}/documents/": {"400", "401", "404"},
    "POST /payments/rental-orders/{id}/documents/": REFUND_STEP,
    "GET /payments/rental-orders/{id}/documents/{document_id}/": {"401", "404"},
    "POST /payments/payments/{id}/release/": {*REFUND_STEP, "503"},
    "POST /payments/payments/{id}/give_back/": {*REFUND_STEP, "503"},
    "POST /payments/refunds/{id}/approve/": REFUND_STEP,
    "POST /payments/refunds/{id}/reject/": REFUND_STEP,
    "POST /payments/refunds/{id}/paid_by_hand/": REFUND_STEP,
    "GET /payments/success/": {"404"},
    "GET /payments/cancel/": set(),
    "POST /payments/{gateway}/webhook/": {"400", "404", "413", "503"},
    "GET /payments/ledger/": {"400", "401", "403", "404"},
    "GET /payments/ledger/export/": {"400", "401", "403"},
    "GET /payments/board/": {"400", "401", "403"},
    "GET /payments/ledger/summary/": {"400", "401", "403"},
    "GET /payments/gateways/": {"400", "401", "403", "404"},
    "POST /payments/gateways/": {"400", "401", "403", "409", "413", "415"},
    "GET /payments/gateways/{id}/": {"401", "403", "404"},
    "PATCH /payments/gateways/{id}/": {"400", "401", "403", "404", "409", "413", "415"},
}

# These answer with a file and not with the envelope.
FILES = {
    "GET /payments/ledger/export/": "text/csv",
    "GET /payments/rental-orders/{id}/disputes/{dispute_id}/evidence/": "application/zip",
    "GET /payments/rental-orders/{id}/claims/{claim_id}/evidence/{evidence_id}/": (
        "application/octet-stream"
    ),
    "GET /payments/rental-orders/{id}/movements/{movement_id}/photos/{photo_id}/": (
        "application/octet-stream"
    ),
    "GET /payments/rental-orders/{id}/documents/{document_id}/": "application/pdf",
}


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The API's description, refused by the command if anything about it is doubtful."""
    path: Path = tmp_path_factory.mktemp("schema") / "schema.yml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(path))
    return yaml.safe_load(path.read_text())


def operations(schema: Any) -> dict[str, Any]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


def test_every_endpoint_is_described_with_its_errors(schema: Any) -> None:
    documented = {
        name: {status for status in operation["responses"] if status >= "400"}
        for name, operation in operations(schema).items()
    }
    assert documented == ERRORS


def test_every_endpoint_says_what_it_does(schema: Any) -> None:
    unclear = [name for name, found in operations(schema).items() if not found.get("summary")]
    assert not unclear


def test_every_success_and_error_is_the_envelope(schema: Any) -> None:
    components = schema["components"]["schemas"]
    for name, operation in operations(schema).items():
        for status, response in operation["responses"].items():
            if status == "200" and name in FILES:
                assert set(response["content"]) == {FILES[name]}
                continue
            shape = response["content"]["application/json"]["schema"]
            if "$ref" in shape:
                shape = components[shape["$ref"].rsplit("/", 1)[1]]
            properties = set(shape["properties"])
            assert {"success", "message"} <= properties, (name, status)
            if status >= "400":
                assert {"code", "errors", "request_id"} <= properties, (name, status)


def test_bodies_are_described_field_by_field(schema: Any) -> None:
    cart = schema["components"]["schemas"]["CartRequest"]
    assert set(cart["properties"]) == {
        "cart_items",
        "rental_start_date",
        "rental_end_date",
        "notes",
        "coupon_code",
    }
    assert cart["required"] == ["cart_items", "rental_end_date", "rental_start_date"]
    gateway = schema["components"]["schemas"]["Gateway"]
    assert not {"public_key", "secret_key", "webhook_secret"} & set(gateway["properties"])


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/schema/", "/api/docs/"])
def test_the_description_is_served(path: str) -> None:
    assert Client().get(path).status_code == 200
