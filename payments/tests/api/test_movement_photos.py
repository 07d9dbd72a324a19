"""/payments/rental-orders/{id}/movements/{movement_id}/photos/ (matrix row F14)"""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from catalog.tests.test_images import SVG, picture
from payments.models import Movement, OrderEvent, RentalOrder
from payments.services import files
from payments.tests.api.returns import bring_back
from payments.tests.api.support import data, refusal, rows
from payments.tests.factories import api_client, make_gateway, place_paid

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(staff: User, evidence_folder: Path) -> RentalOrder:
    make_gateway()
    return bring_back(staff, place_paid(make_user(), (make_product(), 1)))


@pytest.fixture
def url(order: RentalOrder) -> str:
    movement = Movement.objects.get(kind="BACK")
    return f"/payments/rental-orders/{order.pk}/movements/{movement.pk}/photos/"


def send(user: User, url: str, content: bytes) -> Any:
    body = {"file": SimpleUploadedFile("pole.jpg", content, "image/jpeg")}
    return api_client(user).post(url, body, format="multipart")


def test_a_photo_is_handed_to_staff_and_the_owner_and_nobody_else(
    staff: User, order: RentalOrder, url: str
) -> None:
    added = data(send(staff, url, picture()), 201)
    assert (added["name"], added["content_type"]) == ("pole.webp", "image/webp")
    for user in (staff, order.customer):
        assert data(api_client(user).get(url)) == [added]
        answer = api_client(user).get(f"{url}{added['id']}/")
        assert answer["Content-Type"] == "image/webp"
        assert b"".join(answer)
    for path in (url, f"{url}{added['id']}/"):
        refusal(api_client(make_user()).get(path), 404, "not_found")
    assert OrderEvent.objects.get(fact="units.photo").user == staff


def test_the_owner_adds_none(order: RentalOrder, url: str) -> None:
    refusal(send(order.customer, url, picture()), 403, "not_permitted")


def test_what_is_no_photo_is_refused(staff: User, url: str, evidence_folder: Path) -> None:
    before = rows()
    refusal(send(staff, url, SVG), 400, "invalid")
    assert rows() == before
    assert not list(evidence_folder.iterdir())


def test_a_movement_has_so_many_photos_and_no_more(
    staff: User, url: str, monkeypatch: pytest.MonkeyPatch, evidence_folder: Path
) -> None:
    monkeypatch.setattr(files, "MAX_FILES", 1)
    data(send(staff, url, picture()), 201)
    refusal(send(staff, url, picture()), 409, "too_much_evidence")
    assert len(list(evidence_folder.iterdir())) == 1
