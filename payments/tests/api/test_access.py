"""F01: all routes × roles × own, foreign and invented ids, against one table.

The routes are read from the resolver. A route that has no line in the table fails the test, and so
does a line without a route.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.admindocs.views import simplify_regex
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts.models import Role
from accounts.tests.factories import make_user
from catalog.models import Unit
from catalog.tests.factories import make_product
from payments.domain.documents import DocumentKind
from payments.models import (
    Claim,
    ClaimEvidence,
    Dispute,
    Movement,
    MovementPhoto,
    Payment,
    Refund,
    RentalOrder,
)
from payments.services.documents import issue_document
from payments.services.journal import SYSTEM
from payments.services.refunds import ask_refunds
from payments.services.settlement import settle
from payments.tests.factories import make_gateway, placed

ROLES: Final = ("nobody", "owner", "other", "staff", "admin")
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")

# route, method: the status for each of ROLES; where the route has an id, for an existing row that
# is the owner's, and then for an invented one. Bodies are empty, so 400 means "let in, and then the
# body was not good". Methods that are not here must be refused to everybody.
_ORDER = "/payments/rental-orders/"
_MOVEMENT = f"{_ORDER}<pk>/movements/<uuid:movement_id>/"
_UNITS = "/catalog/products/<uuid:product_id>/units/"
_PAYMENT = "/payments/payments/<pk>/"
_REFUND = "/payments/refunds/<pk>/"
_EVIDENCE = f"{_ORDER}<uuid:pk>/disputes/<uuid:dispute_id>/evidence/"
POLICY: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("/", "GET"): ("200 200 200 200 200",),
    ("/healthz", "GET"): ("200 200 200 200 200",),
    ("/readyz", "GET"): ("200 200 200 200 200",),
    ("/api/schema/", "GET"): ("200 200 200 200 200",),
    ("/api/docs/", "GET"): ("200 200 200 200 200",),
    ("/auth/register/", "POST"): ("400 400 400 400 400",),
    ("/auth/token/", "POST"): ("400 400 400 400 400",),
    ("/auth/token/refresh/", "POST"): ("400 400 400 400 400",),
    ("/auth/logout/", "POST"): ("400 400 400 400 400",),
    ("/auth/me/", "GET"): ("401 200 200 200 200",),
    ("/login/", "GET"): ("200 302 302 302 302",),
    ("/login/", "POST"): ("200 302 302 302 302",),
    ("/logout/", "POST"): ("302 302 302 302 302",),
    ("/register/", "GET"): ("200 302 302 302 302",),
    ("/register/", "POST"): ("200 302 302 302 302",),
    ("/catalog/categories/", "GET"): ("200 200 200 200 200",),
    ("/catalog/availability/", "GET"): ("400 400 400 400 400",),
    ("/catalog/opening_hours/", "GET"): ("200 200 200 200 200",),
    ("/catalog/products/", "GET"): ("200 200 200 200 200",),
    ("/catalog/products/<uuid:product_id>/", "GET"): (
        "200 200 200 200 200",
        "404 404 404 404 404",
    ),
    ("/catalog/products/<uuid:product_id>/availability/", "GET"): (
        "400 400 400 400 400",
        "400 400 400 400 400",
    ),
    ("/products/<slug:slug>/", "GET"): ("200 200 200 200 200", "404 404 404 404 404"),
    ("/products/<slug:slug>/", "POST"): ("302 200 200 200 200", "404 404 404 404 404"),
    ("/board/", "GET"): ("302 404 404 200 200",),
    ("/orders/", "GET"): ("302 200 200 200 200",),
    ("/orders/<uuid:order_id>/", "GET"): ("302 200 404 200 200", "302 404 404 404 404"),
    ("/orders/<uuid:order_id>/pay/", "POST"): ("302 302 404 302 302", "302 404 404 404 404"),
    ("/orders/<uuid:order_id>/hold/", "POST"): ("302 302 404 302 302", "302 404 404 404 404"),
    ("/orders/<uuid:order_id>/pay_balance/", "POST"): (
        "302 302 404 302 302",
        "302 404 404 404 404",
    ),
    ("/orders/<uuid:order_id>/documents/", "POST"): (
        "302 302 404 302 302",
        "302 404 404 404 404",
    ),
    ("/orders/<uuid:order_id>/documents/<uuid:document_id>/", "GET"): (
        "302 200 404 200 200",
        "302 404 404 404 404",
    ),
    ("/orders/<uuid:order_id>/extend/", "GET"): ("302 200 404 200 200", "302 404 404 404 404"),
    ("/orders/<uuid:order_id>/extend/", "POST"): ("302 200 404 200 200", "302 404 404 404 404"),
    # What the page shows to whom is in storefront/tests/test_quote.
    ("/quotes/<str:token>/", "GET"): ("404 404 404 404 404", "404 404 404 404 404"),
    ("/quotes/<str:token>/", "POST"): ("404 404 404 404 404", "404 404 404 404 404"),
    ("/orders/<uuid:order_id>/cancel/", "GET"): ("302 200 404 200 200", "302 404 404 404 404"),
    ("/orders/<uuid:order_id>/cancel/", "POST"): ("302 302 404 302 302", "302 404 404 404 404"),
    (f"{_ORDER}create_from_cart/", "POST"): ("401 400 400 400 400",),
    (f"{_ORDER}quote/", "POST"): ("401 400 400 400 400",),
    (f"{_ORDER}my_orders/", "GET"): ("401 200 200 200 200",),
    (f"{_ORDER}<pk>/", "GET"): ("401 200 404 200 200", "401 404 404 404 404"),
    (f"{_ORDER}<pk>/cancel_order/", "POST"): ("401 200 404 200 200", "401 404 404 404 404"),
    (f"{_ORDER}<pk>/hold_deposit/", "POST"): ("401 409 404 409 409", "401 404 404 404 404"),
    (f"{_ORDER}<pk>/resync/", "POST"): ("401 403 403 200 200", "401 403 403 404 404"),
    (f"{_ORDER}<pk>/cancellation_quote/", "GET"): (
        "401 200 404 200 200",
        "401 404 404 404 404",
    ),
    (f"{_ORDER}<pk>/no_show/", "POST"): ("401 403 403 409 409", "401 403 403 404 404"),
    (f"{_ORDER}<pk>/hand_over/", "POST"): ("401 403 403 200 200", "401 403 403 404 404"),
    (f"{_ORDER}<pk>/take_back/", "POST"): ("401 403 403 409 409", "401 403 403 404 404"),
    (f"{_ORDER}<pk>/undo_take_back/", "POST"): ("401 403 403 400 400", "401 403 403 404 404"),
    (f"{_ORDER}<pk>/swap_unit/", "POST"): ("401 403 403 400 400", "401 403 403 404 404"),
    (f"{_MOVEMENT}undo/", "POST"): ("401 403 403 400 400", "401 403 403 404 404"),
    (f"{_MOVEMENT}photos/", "GET"): ("401 200 404 200 200", "401 404 404 404 404"),
    (f"{_MOVEMENT}photos/", "POST"): ("401 403 403 415 415", "401 403 403 404 404"),
    (f"{_MOVEMENT}photos/<uuid:photo_id>/", "GET"): (
        "401 200 404 200 200",
        "401 404 404 404 404",
    ),
    (_UNITS, "GET"): ("401 403 403 200 200", "401 403 403 404 404"),
    (_UNITS, "POST"): ("401 403 403 400 400", "401 403 403 404 404"),
    (f"{_UNITS}<uuid:unit_id>/out_of_service/", "POST"): (
        "401 403 403 200 200",
        "401 403 403 404 404",
    ),
    (f"{_UNITS}<uuid:unit_id>/back_in_service/", "POST"): (
        "401 403 403 409 409",
        "401 403 403 404 404",
    ),
    (f"{_UNITS}<uuid:unit_id>/retire/", "POST"): (
        "401 403 403 200 200",
        "401 403 403 404 404",
    ),
    (f"{_ORDER}<pk>/claims/", "GET"): ("401 200 404 200 200", "401 404 404 404 404"),
    (f"{_ORDER}<pk>/claims/", "POST"): ("401 403 403 400 400", "401 403 403 404 404"),
    (f"{_ORDER}<pk>/claims/<uuid:claim_id>/withdraw/", "POST"): (
        "401 403 403 200 200",
        "401 403 403 404 404",
    ),
    (f"{_ORDER}<pk>/claims/<uuid:claim_id>/evidence/", "GET"): (
        "401 200 404 200 200",
        "401 404 404 404 404",
    ),
    (f"{_ORDER}<pk>/claims/<uuid:claim_id>/evidence/", "POST"): (
        "401 403 403 415 415",
        "401 403 403 404 404",
    ),
    (f"{_ORDER}<pk>/claims/<uuid:claim_id>/evidence/<uuid:evidence_id>/", "GET"): (
        "401 200 404 200 200",
        "401 404 404 404 404",
    ),
    (f"{_ORDER}<pk>/extend/", "POST"): ("401 400 404 400 400", "401 404 404 404 404"),
    (f"{_ORDER}<pk>/shorten/", "POST"): ("401 409 404 409 409", "401 404 404 404 404"),
    (f"{_ORDER}<pk>/change/", "POST"): ("401 409 404 409 409", "401 404 404 404 404"),
    (f"{_ORDER}draft/", "POST"): ("401 403 403 400 400",),
    (f"{_ORDER}<pk>/send_quote/", "POST"): ("401 403 403 409 409", "401 403 403 404 404"),
    (f"{_ORDER}<pk>/accept_quote/", "POST"): ("401 409 404 403 403", "401 404 404 404 404"),
    (f"{_ORDER}<pk>/withdraw_change/", "POST"): ("401 409 404 409 409", "401 404 404 404 404"),
    (f"{_ORDER}<pk>/pay_balance/", "POST"): ("401 409 404 409 409", "401 404 404 404 404"),
    (f"{_ORDER}<pk>/settle_deposit/", "GET"): ("401 409 404 409 409", "401 404 404 404 404"),
    (f"{_ORDER}<pk>/settle_deposit/", "POST"): ("401 403 403 409 409", "401 403 403 404 404"),
    (f"{_ORDER}<pk>/documents/", "GET"): ("401 200 404 200 200", "401 404 404 404 404"),
    (f"{_ORDER}<pk>/documents/", "POST"): ("401 400 404 400 400", "401 404 404 404 404"),
    (f"{_ORDER}<pk>/documents/<uuid:document_id>/", "GET"): (
        "401 200 404 200 200",
        "401 404 404 404 404",
    ),
    (f"{_ORDER}<pk>/refunds/", "GET"): ("401 200 404 200 200", "401 404 404 404 404"),
    (f"{_ORDER}<pk>/refunds/", "POST"): ("401 403 403 400 400", "401 403 403 404 404"),
    (_EVIDENCE, "GET"): ("401 403 403 200 200", "401 403 403 404 404"),
    (f"{_PAYMENT}release/", "POST"): ("401 403 403 409 409", "401 403 403 404 404"),
    (f"{_PAYMENT}give_back/", "POST"): ("401 403 403 400 400", "401 403 403 404 404"),
    (f"{_REFUND}approve/", "POST"): ("401 403 403 409 409", "401 403 403 404 404"),
    (f"{_REFUND}reject/", "POST"): ("401 403 403 409 409", "401 403 403 404 404"),
    (f"{_REFUND}paid_by_hand/", "POST"): ("401 403 403 400 400", "401 403 403 404 404"),
    ("/payments/gateways/", "GET"): ("401 403 403 403 200",),
    ("/payments/gateways/", "POST"): ("401 403 403 403 400",),
    ("/payments/gateways/<pk>/", "GET"): ("401 403 403 403 200", "401 403 403 403 404"),
    ("/payments/gateways/<pk>/", "PATCH"): ("401 403 403 403 200", "401 403 403 403 404"),
    ("/payments/board/", "GET"): ("401 403 403 200 200",),
    ("/payments/ledger/", "GET"): ("401 403 403 200 200",),
    ("/payments/ledger/export/", "GET"): ("401 403 403 200 200",),
    ("/payments/ledger/summary/", "GET"): ("401 403 403 200 200",),
    # What the two pages show to whom is in test_success_page and test_cancel_page.
    ("/payments/success/", "GET"): ("404 404 404 404 404",),
    ("/payments/cancel/", "GET"): ("200 200 200 200 200",),
    ("/payments/<slug:gateway>/webhook/", "POST"): ("400 400 400 400 400", "404 404 404 404 404"),
}

# What staff may do in the admin; administrators may do the same and what stands behind the bar.
# Nobody else comes in at all.
ADMIN_POLICY: Final = {
    "accounts.user": "view | add change",
    "catalog.category": "view add change delete |",
    "catalog.closedday": "view add change delete |",
    "catalog.openinghours": "view add change delete |",
    "catalog.unit": "view add change |",
    "catalog.product": "view add change delete |",
    "catalog.pricerule": "view add change delete |",
    "payments.coupon": "view add change delete |",
    "payments.couponredemption": "view |",
    "payments.claim": "view |",
    "payments.claimevidence": "view |",
    "payments.depositsettlement": "view |",
    "payments.dispute": "view |",
    "payments.document": "view |",
    "payments.holdclosing": "view |",
    "payments.idempotencykey": "view |",
    "payments.ledgerentry": "view |",
    "payments.ledgertransaction": "view |",
    "payments.orderchange": "view |",
    "payments.movement": "view |",
    "payments.movementphoto": "view |",
    "payments.orderevent": "view |",
    "payments.orderquote": "view |",
    "payments.payment": "view |",
    "payments.paymentgateway": "view | add change",
    "payments.paymentnotification": "view |",
    "payments.paymentschedule": "view |",
    "payments.reconciliationfinding": "view |",
    "payments.refund": "view |",
    "payments.rentalorder": "view |",
    "payments.rentalorderitem": "view |",
    "payments.reservation": "view |",
    "payments.unitbinding": "view |",
    "payments.webhookevent": "view |",
    "procrastinate.procrastinatejob": "| view",
    "token_blacklist.blacklistedtoken": "| view add change delete",
    "token_blacklist.outstandingtoken": "| view change",
}

pytestmark = pytest.mark.django_db


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    """Every address of the product, such as `/payments/rental-orders/<pk>/`."""
    for pattern in patterns:
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, here)
        else:
            yield simplify_regex(here)


ROUTES: Final = frozenset(routes(get_resolver().url_patterns))
OURS: Final = sorted(route for route in ROUTES if not route.startswith("/admin/"))


class World(NamedTuple):
    """One customer's paid order, and everything that it stands on."""

    order: RentalOrder
    clients: dict[str, Client]
    own: dict[str, str]
    invented: dict[str, str]


@pytest.fixture
def world(settings: Any, monkeypatch: pytest.MonkeyPatch, evidence_folder: Path) -> World:
    settings.STRIPE_WEBHOOK_SECRET = "whsec_of_the_tests"
    # Who may is the question here; the gateway is not called inside a test's transaction.
    monkeypatch.setattr("payments.views.orders.resync_order", lambda **wanted: None)
    gateway = make_gateway()
    product = make_product()
    owner = make_user("canary@example.com", name="Canary Owner")
    order = placed(owner, [(product, 1)], None, "").order
    payment = Payment.objects.get()
    Payment.objects.update(
        status="SUCCEEDED", captured_minor=payment.amount_minor, session_id="cs_canary"
    )
    RentalOrder.objects.update(notes="Canary note")
    order.refresh_from_db()
    settle(order, SYSTEM)
    with transaction.atomic():
        (refund,) = ask_refunds(order, 1, Refund.Source.STAFF)
    dispute = Dispute.objects.create(
        order=order,
        payment=payment,
        gateway_dispute_id="du_canary",
        status="INQUIRY",
        amount_minor=1,
        currency="EUR",
    )
    staff = make_user(role=Role.STAFF)
    claim = Claim.objects.create(
        order=order,
        kind="DAMAGE",
        currency="EUR",
        amount_minor=1,
        reason="Canary reason",
        made_by=staff,
    )
    evidence = ClaimEvidence.objects.create(
        claim=claim,
        file=ContentFile(b"Canary content", "canary.pdf"),
        name="canary.pdf",
        content_type="application/pdf",
        size=14,
        added_by=staff,
    )
    document = issue_document(
        order_id=order.pk, kind=DocumentKind.INVOICE, actor=SYSTEM, now=timezone.now()
    ).document
    movement = Movement.objects.create(
        order=order,
        item=order.items.get(),
        kind="OUT",
        quantity=1,
        notes="Canary notes",
        undone_at=order.created_at,
        undo_reason="Canary reason",
    )
    photo = MovementPhoto.objects.create(
        movement=movement,
        file=ContentFile(b"Canary content", "canary.webp"),
        name="canary.webp",
        content_type="image/webp",
        size=14,
        added_by=staff,
    )
    users = {
        "nobody": None,
        "owner": owner,
        "other": make_user(),
        "staff": staff,
        "admin": make_user(role=Role.ADMIN),
    }
    return World(
        order=order,
        clients={role: client_of(user) for role, user in users.items()},
        own={
            "order_id": str(order.pk),
            "claim_id": str(claim.pk),
            "evidence_id": str(evidence.pk),
            "document_id": str(document.pk),
            "movement_id": str(movement.pk),
            "photo_id": str(photo.pk),
            "unit_id": str(Unit.objects.create(product=product, serial="canary-1").pk),
            "product_id": str(product.pk),
            "slug": product.slug,
            "dispute_id": str(dispute.pk),
            "/payments/rental-orders/<uuid:pk>/": str(order.pk),
            "gateway": "stripe",
            "/payments/rental-orders/<pk>/": str(order.pk),
            "/payments/payments/<pk>/": str(payment.pk),
            "/payments/refunds/<pk>/": str(refund.pk),
            "/payments/gateways/<pk>/": str(gateway.pk),
        },
        invented={"slug": "invented", "gateway": "invented"},
    )


def client_of(user: Any) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def address(route: str, ids: dict[str, str]) -> str:
    """The route with its ids filled in; one that is not given is invented."""

    def value(match: re.Match[str]) -> str:
        upto = route[: match.end()] + "/"
        return ids.get(upto) or ids.get(match["name"]) or str(uuid4())

    return re.sub(r"<(?:\w+:)?(?P<name>\w+)>", value, route)


def send(client: Client, method: str, path: str) -> Any:
    body = {} if method == "GET" else {"data": b"{}", "content_type": "application/json"}
    if method == "POST" and not path.startswith(("/auth", "/catalog", "/payments")):
        body = {}
    return getattr(client, method.lower())(path, **body)


def test_every_route_has_a_policy_and_every_policy_a_route() -> None:
    assert {route for route, _ in POLICY} == set(OURS)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("route", "method"), POLICY, ids=lambda part: str(part))
def test_a_route_answers_each_role_as_the_policy_says(
    world: World, route: str, method: str, role: str
) -> None:
    allowed = [statuses.split() for statuses in POLICY[route, method]]
    assert len(allowed) == (2 if "<" in route else 1), "own, and invented where there is an id"
    for ids, statuses in zip((world.own, world.invented), allowed, strict=False):
        answer = send(world.clients[role], method, address(route, ids))
        assert str(answer.status_code) == statuses[ROLES.index(role)], answer.content[:500]
        if role in ("nobody", "other"):
            assert_private(world, answer)
    assert_only_the_entitled_changed_it(world, route, method, role)


def assert_private(world: World, answer: Any) -> None:
    """P3: not a byte of the owner's."""
    text = answer.content.decode() + str(answer.headers)
    for private in ("canary", "Canary", world.order.order_number):
        assert private not in text


def assert_only_the_entitled_changed_it(world: World, route: str, method: str, role: str) -> None:
    may = {"cancel_order/": ("owner", "staff", "admin"), "hand_over/": ("staff", "admin")}
    becomes = {"cancel_order/": "CANCELLED", "hand_over/": "PICKED_UP"}
    step = route.rsplit("<pk>/")[-1] if method == "POST" else ""
    if method == "POST" and route == "/orders/<uuid:order_id>/cancel/":
        step = "cancel_order/"
    world.order.refresh_from_db()
    moved = role in may.get(step, ())
    assert world.order.status == (becomes[step] if moved else "CONFIRMED")


@pytest.mark.parametrize("route", OURS)
def test_methods_without_a_policy_are_refused(world: World, route: str) -> None:
    """A method that the view does not have is a 405, unless the role is kept out before that."""
    for method in METHODS:
        if (route, method) in POLICY or route in PAGES_THAT_TAKE_ANY_METHOD:
            continue
        for role, client in world.clients.items():
            answer = send(client, method, address(route, world.own))
            assert answer.status_code in (302, 401, 403, 404, 405), (method, role)
            if answer.status_code == 302:
                assert answer["Location"].startswith("/login/"), (method, role)
    world.order.refresh_from_db()
    assert world.order.status == "CONFIRMED"


# Django's own and the simplest views answer whatever comes, and do nothing.
PAGES_THAT_TAKE_ANY_METHOD: Final = frozenset({"/healthz", "/readyz", "/login/"})


@pytest.mark.parametrize("route", OURS)
def test_asking_for_the_options_tells_nobody_anything(world: World, route: str) -> None:
    for role, client in world.clients.items():
        answer = client.options(address(route, world.own))
        assert answer.status_code < 500, role
        if role in ("nobody", "other"):
            assert_private(world, answer)


def test_every_table_in_the_admin_has_a_policy() -> None:
    assert {model._meta.label_lower for model in admin.site._registry} == set(ADMIN_POLICY)


@pytest.mark.parametrize(("label", "policy"), ADMIN_POLICY.items(), ids=list(ADMIN_POLICY))
def test_staff_and_administrators_have_the_rights_of_the_policy(
    label: str, policy: str, rf: Any
) -> None:
    by_staff, only_by_admins = (part.split() for part in policy.split("|"))
    model_admin = next(
        page for model, page in admin.site._registry.items() if model._meta.label_lower == label
    )
    for role, expected in ((Role.STAFF, by_staff), (Role.ADMIN, [*by_staff, *only_by_admins])):
        request = rf.get("/admin/")
        request.user = make_user(role=role)
        allowed = {name for name, has in model_admin.get_model_perms(request).items() if has}
        assert allowed == set(expected), role


@pytest.mark.parametrize("role", ["nobody", "other"])
def test_nobody_but_staff_comes_into_the_admin(world: World, role: str) -> None:
    """The login page is for all, and so is what logs out; the rest sends there."""
    for route in ROUTES - set(OURS) - {"/admin/login/", "/admin/logout/", "/admin/jsi18n/"}:
        for method in ("GET", "POST"):
            answer = send(world.clients[role], method, address(route, world.own))
            assert answer.status_code == 302, (method, route)
            assert answer["Location"].startswith("/admin/login/"), (method, route)
            assert_private(world, answer)
