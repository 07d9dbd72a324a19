"""/payments/rental-orders/{id}/claims/{claim_id}/evidence/ (matrix row F14)"""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import User
from accounts.tests.factories import make_user
from catalog.images import MAX_BYTES
from catalog.tests.factories import make_product
from catalog.tests.test_images import SVG, picture, png_claiming
from payments.models import ClaimEvidence, OrderEvent, RentalOrder
from payments.services import files as services
from payments.tests.api.returns import bring_back, claim
from payments.tests.api.support import data, refusal, rows
from payments.tests.factories import api_client, make_gateway, place_paid

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n..."


@pytest.fixture
def order(staff: User, evidence_folder: Path) -> RentalOrder:
    make_gateway()
    return bring_back(staff, place_paid(make_user(), (make_product(), 1)))


@pytest.fixture
def url(staff: User, order: RentalOrder) -> str:
    made = claim(staff, order, "30.00")
    return f"/payments/rental-orders/{order.pk}/claims/{made['id']}/evidence/"


def send(user: User, url: str, content: bytes, name: str = "pole.jpg", **more: Any) -> Any:
    body = {"file": SimpleUploadedFile(name, content, "image/jpeg"), **more}
    return api_client(user).post(url, body, format="multipart")


def test_a_picture_is_stored_without_its_metadata_and_handed_to_the_owner(
    staff: User, order: RentalOrder, url: str, evidence_folder: Path
) -> None:
    exif = Image.Exif()
    exif[0x010E] = "canary"
    added = data(send(staff, url, picture(exif=exif), "the pole.jpg"), 201)
    assert (added["name"], added["content_type"]) == ("the_pole.webp", "image/webp")
    for user in (staff, order.customer):
        assert data(api_client(user).get(url)) == [added]
        answer = api_client(user).get(f"{url}{added['id']}/")
        content = b"".join(answer)
        assert Image.open(BytesIO(content)).format == "WEBP"
        assert b"canary" not in content
    assert answer["Content-Disposition"] == 'attachment; filename="the_pole.webp"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    (stored,) = evidence_folder.iterdir()
    assert "pole" not in stored.name
    assert OrderEvent.objects.get(fact="claim.evidence").user == staff


def test_a_document_is_stored_as_it_is(staff: User, url: str) -> None:
    added = data(send(staff, url, PDF, "invoice.jpg"), 201)
    assert (added["name"], added["content_type"]) == ("invoice.pdf", "application/pdf")
    assert b"".join(api_client(staff).get(f"{url}{added['id']}/")) == PDF


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ this is a program",
        SVG,
        b"<html><script>alert(1)</script>",
        b"\xff\xd8\xff\xe0 no picture at all",
        png_claiming(60_000, 60_000),
        picture("GIF"),
        picture()[:200],
    ],
)
def test_what_only_pretends_to_be_a_picture_is_refused(
    staff: User, url: str, content: bytes, evidence_folder: Path
) -> None:
    before = rows()
    assert set(refusal(send(staff, url, content), 400, "invalid")["errors"]) == {"file"}
    assert rows() == before
    assert not list(evidence_folder.iterdir())


def test_the_name_of_a_file_leads_nowhere(staff: User, url: str, evidence_folder: Path) -> None:
    added = data(send(staff, url, picture(), "../../etc/pass\nwd.jpg"), 201)
    assert "/" not in added["name"]
    assert "\n" not in added["name"]
    assert len(list(evidence_folder.iterdir())) == 1


def test_a_large_file_is_refused_before_it_is_read(staff: User, url: str) -> None:
    refusal(send(staff, url, picture() + b"\0" * (MAX_BYTES + 100_000)), 413, "too_large")
    refusal(send(staff, url, picture() + b"\0" * MAX_BYTES), 400, "invalid")


def test_a_claim_has_so_many_files_and_no_more(
    staff: User, url: str, evidence_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MAX_FILES", 1)
    data(send(staff, url, picture()), 201)
    refusal(send(staff, url, picture()), 409, "too_much_evidence")
    assert len(list(evidence_folder.iterdir())) == 1


def test_a_form_has_one_file_and_nothing_else(staff: User, url: str) -> None:
    assert set(refusal(send(staff, url, picture(), surprise="yes"), 400, "invalid")["errors"]) == {
        "surprise"
    }
    refusal(api_client(staff).post(url, {}, format="multipart"), 400, "invalid")
    refusal(api_client(staff).post(url, {}, format="json"), 415, "unsupported_media_type")


def test_a_file_is_found_below_its_own_claim_only(
    staff: User, order: RentalOrder, url: str
) -> None:
    added = data(send(staff, url, picture()), 201)
    other = claim(staff, order, "5.00")
    elsewhere = f"/payments/rental-orders/{order.pk}/claims/{other['id']}/evidence/{added['id']}/"
    refusal(api_client(staff).get(elsewhere), 404, "not_found")


def test_a_file_that_is_lost_is_not_found(staff: User, url: str, evidence_folder: Path) -> None:
    added = data(send(staff, url, picture()), 201)
    Path(ClaimEvidence.objects.get().file.path).unlink()
    refusal(api_client(staff).get(f"{url}{added['id']}/"), 404, "not_found")
