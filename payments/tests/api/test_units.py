"""/catalog/products/{id}/units/ and what staff do with one of them (D2.9)"""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from catalog.models import Product, SupplyChange, Unit
from catalog.tests.factories import make_product
from common.api.serializers import iso_utc
from payments.domain.errors import OutOfStock
from payments.tests.api.movements import HOUR, began
from payments.tests.api.returns import post as post_of_order
from payments.tests.api.support import data, refusal
from payments.tests.factories import api_client, make_gateway, place, place_paid

pytestmark = pytest.mark.django_db


@pytest.fixture
def product() -> Product:
    make_gateway()
    return make_product(tracks_units=True)


def post(staff: User, product: Product, path: str = "", **body: Any) -> Any:
    url = f"/catalog/products/{product.pk}/units/{path}"
    return api_client(staff).post(url, body, format="json")


def listed(staff: User, product: Product) -> dict[str, Any]:
    found = data(api_client(staff).get(f"/catalog/products/{product.pk}/units/"))
    return {unit["serial_number"]: unit for unit in found}


def count(product: Product) -> int:
    product.refresh_from_db()
    return product.units


@pytest.fixture
def units(staff: User, product: Product) -> dict[str, Any]:
    made = data(post(staff, product, serial_numbers=["T-1", "T-2"]), 201)
    return {unit["serial_number"]: unit["id"] for unit in made}


def test_a_product_has_as_many_units_as_are_registered(
    staff: User, product: Product, units: dict[str, Any]
) -> None:
    assert count(product) == 2
    data(post(staff, product, serial_numbers=["T-3"], notes="Red."), 201)
    assert count(product) == 3
    found = listed(staff, product)
    assert list(found) == ["T-1", "T-2", "T-3"]
    assert found["T-3"]["status"] == "IN_SERVICE"
    assert found["T-3"]["notes"] == "Red."


@pytest.mark.parametrize("write", ["by hand", "by bulk", "by deleting", "by tracking"])
def test_no_road_makes_another_count(product: Product, units: dict[str, Any], write: str) -> None:
    """The database counts, whoever writes."""
    if write == "by hand":
        Product.objects.update(units=99)
    elif write == "by bulk":
        Unit.objects.bulk_create([Unit(product=product, serial="T-0")])
    elif write == "by deleting":
        Unit.objects.get(serial="T-1").delete()
    else:
        Product.objects.update(tracks_units=False, units=99)
        assert count(product) == 99
        Product.objects.update(tracks_units=True)
    assert count(product) == Unit.objects.filter(retired_at=None).count()


def test_a_serial_number_is_registered_once(
    staff: User, product: Product, units: dict[str, Any]
) -> None:
    refusal(post(staff, product, serial_numbers=["T-9", "T-1"]), 400, "invalid")
    refusal(post(staff, product, serial_numbers=["T-9", "T-9"]), 400, "invalid")
    refusal(post(staff, product, serial_numbers=[]), 400, "invalid")
    assert count(product) == 2
    assert post(staff, make_product(), serial_numbers=["T-1"]).status_code == 201


def test_a_unit_out_of_service_is_not_promised_until_it_is_back(
    staff: User, product: Product, units: dict[str, Any]
) -> None:
    shown = data(post(staff, product, f"{units['T-1']}/out_of_service/", note="A hole."))
    assert shown["status"] == "OUT_OF_SERVICE"
    change = SupplyChange.objects.get()
    assert (str(change.unit_id), change.quantity, change.ends_at) == (units["T-1"], -1, None)
    assert (change.reason, change.note) == ("REPAIR", "A hole.")
    with pytest.raises(OutOfStock):
        place(make_user(), (product, 2))
    refused = refusal(
        post(staff, product, f"{units['T-1']}/out_of_service/"), 409, "unit_not_available"
    )
    assert refused["message"] == "T-1 is out of service."
    shown = data(post(staff, product, f"{units['T-1']}/back_in_service/"))
    assert shown["status"] == "IN_SERVICE"
    assert place(make_user(), (product, 2)).status == "PENDING"
    refusal(post(staff, product, f"{units['T-1']}/back_in_service/"), 409, "illegal_status")


def test_a_repair_may_have_an_end(staff: User, product: Product, units: dict[str, Any]) -> None:
    until = iso_utc(timezone.now() + timedelta(days=3))
    data(post(staff, product, f"{units['T-1']}/out_of_service/", until=until))
    assert place(make_user(), (product, 2)).status == "PENDING"
    assert listed(staff, product)["T-1"]["status"] == "OUT_OF_SERVICE"
    past = iso_utc(timezone.now() - timedelta(days=3))
    answer = post(staff, product, f"{units['T-2']}/out_of_service/", until=past)
    refusal(answer, 400, "invalid")


def test_what_is_promised_stays_promised(
    staff: User, product: Product, units: dict[str, Any]
) -> None:
    """D2.6: a unit that breaks is a fact."""
    order = place_paid(make_user(), (product, 2))
    data(post(staff, product, f"{units['T-1']}/out_of_service/"))
    order.refresh_from_db()
    assert order.status == "CONFIRMED"


def test_a_retired_unit_is_none_any_more(
    staff: User, product: Product, units: dict[str, Any]
) -> None:
    data(post(staff, product, f"{units['T-1']}/out_of_service/"))
    shown = data(post(staff, product, f"{units['T-1']}/retire/"))
    assert shown["status"] == "RETIRED"
    assert shown["retired_at"] is not None
    assert count(product) == 1
    assert place(make_user(), (product, 1)).status == "PENDING", "and it is taken off once"
    for path in ("retire", "back_in_service"):
        refusal(post(staff, product, f"{units['T-1']}/{path}/"), 409, "illegal_status")


@pytest.mark.parametrize("path", ["out_of_service", "retire"])
def test_what_is_out_stays_as_it_is(
    staff: User, product: Product, units: dict[str, Any], path: str
) -> None:
    order = began(place_paid(make_user(), (product, 1)), HOUR)
    data(post_of_order(staff, order, "hand_over"))
    assert listed(staff, product)["T-1"]["out_with"] == order.order_number
    refused = refusal(post(staff, product, f"{units['T-1']}/{path}/"), 409, "unit_not_available")
    assert order.order_number in refused["message"]


def test_a_unit_of_another_product_is_not_found(
    staff: User, product: Product, units: dict[str, Any]
) -> None:
    refusal(post(staff, make_product(), f"{units['T-1']}/retire/"), 404, "not_found")
