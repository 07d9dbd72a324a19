"""/payments/board/ : what a day asks for."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from catalog.models import SupplyChange
from catalog.tests.factories import make_product
from payments.domain.changes import ChangeKind
from payments.domain.period import Period
from payments.models import (
    Claim,
    Dispute,
    HoldClosing,
    Payment,
    ReconciliationFinding,
    Refund,
    RentalOrder,
    Reservation,
)
from payments.services import board_entries, changes
from payments.services.change_plans import Wanted
from payments.services.deposits import settle_deposit
from payments.services.journal import Actor
from payments.services.movements import Scan
from payments.services.quotes import CartLine
from payments.services.rental import hand_over, take_back
from payments.tests.api.returns import post
from payments.tests.api.support import data, refusal
from payments.tests.factories import (
    START,
    api_client,
    make_gateway,
    period,
    place,
    place_paid,
)

pytestmark = pytest.mark.django_db

URL = "/payments/board/"
SECTIONS = ("pickups", "returns", "overdue", "holds_ending", "refunds_in_transit", "tasks")


@pytest.fixture(autouse=True)
def gateway(db: None) -> None:
    make_gateway()


@pytest.fixture
def order() -> RentalOrder:
    """Two tents for two days from START, paid."""
    return place_paid(make_user(name="Bob Builder"), (make_product(name="Tent"), 2))


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The shop's clock stands at nine in the morning UTC on the day of START."""
    with time_machine.travel(START - timedelta(hours=1), tick=False) as traveller:
        yield traveller


def board(staff: User, **query: str) -> Any:
    return data(api_client(staff).get(URL, query))


def only(section: Any) -> Any:
    assert section["count"] == 1, section
    (entry,) = section["entries"]
    return entry


def go_out(order: RentalOrder, staff: User) -> None:
    hand_over(order_id=order.pk, actor=Actor.of(staff))


def tasks(staff: User) -> list[tuple[str, str]]:
    found = board(staff)["tasks"]["entries"]
    return [(task["kind"], task["order_number"]) for task in found]


def test_a_quiet_day_has_nothing(staff: User) -> None:
    found = board(staff)
    assert {name: found[name] for name in SECTIONS} == {
        name: {"count": 0, "entries": []} for name in SECTIONS
    }


def test_a_pickup_says_who_comes_when_and_for_what(staff: User, order: RentalOrder) -> None:
    found = board(staff, date=START.date().isoformat())
    assert found["date"] == START.date().isoformat()
    entry = only(found["pickups"])
    assert (entry["order_number"], entry["customer_name"]) == (order.order_number, "Bob Builder")
    assert entry["at"] == START.isoformat().replace("+00:00", "Z")
    assert [(unit["product_name"], unit["quantity"]) for unit in entry["units"]] == [("Tent", 2)]
    assert entry["what"] == "Get the units ready and hand them over."
    assert entry["api"] == f"/payments/rental-orders/{order.pk}/hand_over/"
    assert entry["admin"] == f"/admin/payments/rentalorder/?id__exact={order.pk}"
    assert entry["deposit_status"] is None  # it was paid with the rent


def test_what_is_left_of_a_pickup_stays_on_the_list(staff: User, order: RentalOrder) -> None:
    one = [Scan(order.items.get().pk, 1)]
    hand_over(order_id=order.pk, actor=Actor.of(staff), scans=one)
    entry = only(board(staff, date=START.date().isoformat())["pickups"])
    assert [(unit["product_name"], unit["quantity"]) for unit in entry["units"]] == [("Tent", 1)]


def test_who_did_not_come_is_a_task_from_the_next_day_on(
    staff: User, order: RentalOrder, clock: time_machine.Traveller
) -> None:
    clock.move_to(START + timedelta(hours=3))
    assert tasks(staff) == []
    assert only(board(staff)["pickups"])["order_number"] == order.order_number
    clock.move_to(START + timedelta(days=1))
    assert tasks(staff) == [("NOT_PICKED_UP", order.order_number)]
    task = only(board(staff)["tasks"])
    assert task["api"] == f"/payments/rental-orders/{order.pk}/no_show/"


def test_a_rest_that_was_never_picked_up_is_not_overdue(
    staff: User, clock: time_machine.Traveller
) -> None:
    """One of two went out and is back; nobody has to bring anything."""
    order = place_paid(make_user(), (make_product(), 2))
    item, seen = str(order.items.get().pk), f"/payments/rental-orders/{order.pk}/"
    for step in ("hand_over", "take_back"):
        data(post(staff, order, step, items=[{"item_id": item, "quantity": 1}]))
    clock.move_to(order.rental_end_date + timedelta(days=2))
    assert data(api_client(order.customer).get(seen))["is_overdue"] is False
    assert board(staff)["overdue"]["count"] == 0
    assert tasks(staff) == [("REST_NOT_PICKED_UP", order.order_number)]
    assert only(board(staff)["tasks"])["api"] == f"{seen}take_back/"
    data(post(staff, order, "take_back", release_rest=True))
    assert ("REST_NOT_PICKED_UP", order.order_number) not in tasks(staff)


def test_days_are_those_of_the_shops_wall_clock(staff: User, settings: Any) -> None:
    """Half past eleven at night in UTC is the next day in Berlin."""
    start = START.replace(hour=23, minute=30)
    place_paid(make_user(), (make_product(), 1), when=period(2, start))
    count = {
        day: board(staff, date=day.isoformat())["pickups"]["count"]
        for day in (start.date(), start.date() + timedelta(days=1))
    }
    assert list(count.values()) == [0, 1]
    settings.SHOP_TIME_ZONE = "UTC"
    assert board(staff, date=start.date().isoformat())["pickups"]["count"] == 1


def test_midnight_belongs_to_the_day_that_it_begins(
    staff: User, clock: time_machine.Traveller, settings: Any
) -> None:
    settings.SHOP_TIME_ZONE = "UTC"
    midnight = START.replace(hour=0) + timedelta(days=1)
    product = make_product()
    for order in (
        place_paid(make_user(), (product, 1), when=period(1, midnight)),
        place_paid(make_user(), (product, 1), when=Period(START, midnight)),
    ):
        if order.rental_end_date == midnight:
            go_out(order, staff)
    count = {
        section: [
            board(staff, date=(START + n * timedelta(days=1)).date().isoformat())[section]["count"]
            for n in range(3)
        ]
        for section in ("pickups", "returns")
    }
    assert count == {"pickups": [0, 1, 0], "returns": [0, 1, 0]}


def test_units_of_a_change_that_waits_for_its_payment_are_not_handed_over_yet(
    staff: User, order: RentalOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "open_page", lambda _: None)
    three = Wanted(ChangeKind.CHANGE, lines=[CartLine(order.items.get().product_id, 3)])
    customer = Actor.of(order.customer)
    changes.change_order(order_id=order.pk, wanted=three, actor=customer, now=timezone.now())
    entry = only(board(staff, date=START.date().isoformat())["pickups"])
    assert [unit["quantity"] for unit in entry["units"]] == [2]


def test_a_deposit_that_is_held_later_is_planned(staff: User, order: RentalOrder) -> None:
    RentalOrder.objects.update(deposit_strategy="HOLD")
    entry = only(board(staff, date=START.date().isoformat())["pickups"])
    assert entry["deposit_status"] == "PLANNED"


def test_what_is_out_comes_back_on_its_day_and_is_overdue_after(
    staff: User, order: RentalOrder, clock: time_machine.Traveller
) -> None:
    go_out(order, staff)
    assert board(staff)["pickups"]["count"] == 0
    due = START + timedelta(days=2)
    entry = only(board(staff, date=due.date().isoformat())["returns"])
    assert entry["api"] == f"/payments/rental-orders/{order.pk}/take_back/"
    assert [(unit["product_name"], unit["quantity"]) for unit in entry["units"]] == [("Tent", 2)]
    assert board(staff)["overdue"]["count"] == 0
    clock.move_to(due + timedelta(minutes=90))
    found = board(staff)
    assert found["returns"]["count"] == 0
    entry = only(found["overdue"])
    assert (entry["minutes_ago"], entry["collisions"]) == (90, [])


def make_late(order: RentalOrder) -> None:
    """As if it were out, and due an hour ago."""
    due = timezone.now() - timedelta(hours=1)
    begin = due - timedelta(days=2)
    Reservation.objects.filter(order=order).update(
        stage="OUT", starts_at=begin, ends_at=due, due_at=due
    )
    RentalOrder.objects.filter(pk=order.pk).update(
        status="PICKED_UP", rental_start_date=begin, rental_end_date=due
    )


def soon(hours: int = 3) -> Period:
    return period(1, timezone.now() + timedelta(hours=hours))


def test_an_overdue_order_names_those_who_need_its_units(staff: User) -> None:
    """D2.6: a collision is shown with order, unit and time, and nobody is un-confirmed."""
    product = make_product(name="Canoe", units=2)
    late, waiting = (
        place_paid(make_user(), (product, 2)),
        place_paid(make_user(), (product, 1), when=soon()),
    )
    place_paid(make_user(), (product, 1), when=soon(hours=72))
    broken = make_product(units=1)
    place_paid(make_user(), (broken, 1), when=soon())
    SupplyChange.objects.create(
        product=broken, quantity=-1, starts_at=timezone.now(), reason=SupplyChange.Reason.LOST
    )
    make_late(late)
    found = board(staff)
    (collision,) = only(found["overdue"])["collisions"]
    assert (collision["order_number"], collision["product_name"]) == (
        waiting.order_number,
        "Canoe",
    )
    assert (collision["quantity"], collision["short"]) == (1, 1)
    assert ("SHORTAGE", waiting.order_number) in tasks(staff)
    waiting.refresh_from_db()
    assert waiting.status == "CONFIRMED"


def test_no_collision_where_other_units_are_free(staff: User) -> None:
    product = make_product(units=3)
    late = place_paid(make_user(), (product, 2))
    place_paid(make_user(), (product, 1), when=soon())
    make_late(late)
    found = board(staff)
    assert only(found["overdue"])["collisions"] == []
    assert found["tasks"]["count"] == 0


def test_a_promise_that_cannot_be_kept_since_units_broke_is_a_task(staff: User) -> None:
    product = make_product(name="Canoe", units=1)
    order = place_paid(make_user(), (product, 1))
    SupplyChange.objects.create(
        product=product, quantity=-1, starts_at=START, reason=SupplyChange.Reason.LOST
    )
    entry = only(board(staff)["tasks"])
    assert (entry["kind"], entry["order_number"]) == ("SHORTAGE", order.order_number)
    assert [(one["product_name"], one["short"]) for one in entry["collisions"]] == [("Canoe", 1)]


def test_unpaid_orders_and_holds_on_cards_that_end_soon(staff: User, order: RentalOrder) -> None:
    unpaid = place(make_user(), (make_product(), 1))
    ends = timezone.now() + timedelta(hours=5)
    hold = Payment.objects.create(
        order=order,
        gateway=order.payments.get().gateway,
        kind="DEPOSIT",
        purpose="DEPOSIT",
        status="AUTHORIZED",
        currency="EUR",
        amount_minor=5000,
        capture_before=ends,
    )
    found = board(staff)["holds_ending"]
    assert found["count"] == 2
    assert [(entry["kind"], entry["order_number"]) for entry in found["entries"]] == [
        ("UNPAID", unpaid.order_number),
        ("HOLD_ENDS", order.order_number),
    ]
    assert found["entries"][1]["amount"] == "50.00"
    Payment.objects.filter(pk=hold.pk).update(capture_before=ends + timedelta(days=1))
    assert only(board(staff)["holds_ending"])["kind"] == "UNPAID"
    Payment.objects.filter(pk=hold.pk).update(capture_before=ends)
    HoldClosing.objects.create(payment=hold, kind="RELEASE")  # it is decided already
    assert only(board(staff)["holds_ending"])["kind"] == "UNPAID"


def refund(order: RentalOrder, status: str) -> Refund:
    return Refund.objects.create(
        order=order,
        payment=order.payments.get(),
        status=status,
        source="STAFF",
        currency="EUR",
        amount_minor=1000,
    )


@pytest.mark.parametrize("status", ["PENDING", "PROCESSING"])
def test_refunds_on_their_way_have_an_age(staff: User, order: RentalOrder, status: str) -> None:
    made = refund(order, status)
    Refund.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(hours=2))
    entry = only(board(staff)["refunds_in_transit"])
    assert (entry["amount"], entry["minutes_ago"]) == ("10.00", 120)
    assert entry["api"] == f"/payments/rental-orders/{order.pk}/resync/"


@pytest.mark.parametrize(
    ("status", "kind", "step"),
    [
        ("FAILED", "REFUND_FAILED", "paid_by_hand"),
        ("UNAPPROVED", "REFUND_TO_APPROVE", "approve"),
    ],
)
def test_refunds_that_wait_for_a_person(
    staff: User, order: RentalOrder, status: str, kind: str, step: str
) -> None:
    made = refund(order, status)
    entry = only(board(staff)["tasks"])
    assert (entry["kind"], entry["amount"]) == (kind, "10.00")
    assert entry["api"] == f"/payments/refunds/{made.pk}/{step}/"
    assert entry["admin"] == f"/admin/payments/refund/?id__exact={made.pk}"


def test_an_order_that_needs_attention(staff: User, order: RentalOrder) -> None:
    RentalOrder.objects.update(attention="Another amount arrived.")
    entry = only(board(staff)["tasks"])
    assert (entry["kind"], entry["note"]) == ("ATTENTION", "Another amount arrived.")


def test_a_payment_in_quarantine(staff: User, order: RentalOrder) -> None:
    Payment.objects.update(status="QUARANTINED")
    entry = only(board(staff)["tasks"])
    assert entry["kind"] == "PAYMENT_QUARANTINED"
    assert entry["api"] == f"/payments/payments/{order.payments.get().pk}/release/"


def test_a_deposit_is_to_be_settled_before_the_inspection_window_ends(
    staff: User, order: RentalOrder, settings: Any
) -> None:
    go_out(order, staff)
    take_back(order_id=order.pk, actor=Actor.of(staff))
    order.refresh_from_db()
    entry = only(board(staff)["tasks"])
    assert entry["kind"] == "DEPOSIT_TO_SETTLE"
    assert order.returned_at
    due = order.returned_at + settings.INSPECTION_WINDOW
    assert entry["at"] == due.isoformat().replace("+00:00", "Z")
    settle_deposit(order_id=order.pk, actor=Actor.of(staff))
    assert board(staff)["tasks"]["count"] == 0


def test_a_claim_is_to_be_settled_though_there_is_no_deposit(
    staff: User, order: RentalOrder
) -> None:
    go_out(order, staff)
    take_back(order_id=order.pk, actor=Actor.of(staff))
    RentalOrder.objects.update(deposit_minor=0)
    assert board(staff)["tasks"]["count"] == 0
    Claim.objects.create(
        order=order,
        kind="DAMAGE",
        currency="EUR",
        amount_minor=500,
        reason="A hole.",
        made_by=staff,
    )
    assert tasks(staff) == [("DEPOSIT_TO_SETTLE", order.order_number)]


def test_a_deposit_for_which_the_bank_wants_the_customer(staff: User, order: RentalOrder) -> None:
    RentalOrder.objects.update(deposit_strategy="HOLD")
    hold = Payment.objects.create(
        order=order,
        gateway=order.payments.get().gateway,
        kind="DEPOSIT",
        purpose="DEPOSIT",
        status="FAILED",
        currency="EUR",
        amount_minor=5000,
    )
    entry = only(board(staff)["tasks"])
    assert (entry["kind"], entry["deposit_status"]) == ("DEPOSIT_ACTION", "ACTION_REQUIRED")
    Payment.objects.filter(pk=hold.pk).update(status="PENDING")  # the bank is asked again
    assert board(staff)["tasks"]["count"] == 0


@pytest.mark.parametrize(
    ("status", "count"), [("NEEDS_RESPONSE", 1), ("INQUIRY", 1), ("UNDER_REVIEW", 0), ("WON", 0)]
)
def test_a_dispute_to_answer_has_a_deadline(
    staff: User, order: RentalOrder, status: str, count: int
) -> None:
    due = timezone.now() + timedelta(days=3)
    dispute = Dispute.objects.create(
        order=order,
        payment=order.payments.get(),
        gateway_dispute_id="du_1",
        status=status,
        currency="EUR",
        amount_minor=1000,
        respond_by=due,
    )
    found = board(staff)["tasks"]
    assert found["count"] == count
    for entry in found["entries"]:
        assert entry["at"] == due.isoformat().replace("+00:00", "Z")
        assert entry["api"].endswith(f"/disputes/{dispute.pk}/evidence/")


def test_an_open_finding_may_belong_to_no_order(staff: User) -> None:
    ReconciliationFinding.objects.create(
        gateway=make_gateway(is_active=False),
        kind="PAYMENT",
        problem="ORPHAN",
        object_id="pi_9",
        currency="EUR",
        amount_minor=100,
        last_seen_at=timezone.now(),
    )
    entry = only(board(staff)["tasks"])
    assert (entry["kind"], entry["order_id"], entry["api"]) == ("FINDING", None, None)
    assert entry["note"] == "Payment pi_9: Belongs to no order of ours"


def test_the_most_urgent_task_comes_first(staff: User, order: RentalOrder) -> None:
    other = place_paid(make_user(), (make_product(), 1))
    made = refund(order, "FAILED")
    Refund.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(days=9))
    RentalOrder.objects.filter(pk=other.pk).update(attention="Look.")
    assert tasks(staff) == [
        ("REFUND_FAILED", order.order_number),
        ("ATTENTION", other.order_number),
    ]


def test_a_long_list_is_cut_and_says_how_long_it_is(
    staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_entries, "ROWS_AT_MOST", 2)
    product = make_product(units=5)
    for _ in range(3):
        place_paid(make_user(), (product, 1))
    found = board(staff, date=START.date().isoformat())["pickups"]
    assert (found["count"], len(found["entries"])) == (3, 2)


def test_more_work_asks_no_more_of_the_database(
    staff: User, django_assert_num_queries: Any
) -> None:
    client = api_client(staff)

    def fill(day: int) -> None:
        """Orders for each section, one that is flagged, and one with too few units."""
        when = period(1, START + timedelta(minutes=day))
        for step in range(4):
            order = place_paid(make_user(), (make_product(), 1), when=when)
            RentalOrder.objects.filter(pk=order.pk).update(
                deposit_strategy="HOLD", status=["CONFIRMED", "PICKED_UP"][step % 2]
            )
        RentalOrder.objects.filter(status="PICKED_UP").update(
            rental_start_date=timezone.now() - timedelta(days=3),
            rental_end_date=timezone.now() - timedelta(days=1),
        )
        out = Reservation.objects.filter(order__status="PICKED_UP")
        out.update(stage="OUT", due_at=timezone.now() - timedelta(days=1))
        refund(order, "PENDING")
        refund(order, "FAILED")
        RentalOrder.objects.filter(pk=order.pk).update(attention="Look.")
        place(make_user(), (product := make_product(), 1))
        SupplyChange.objects.create(
            product=product, quantity=-9, starts_at=START, reason=SupplyChange.Reason.LOST
        )

    for round_ in range(2):
        fill(round_)
        with django_assert_num_queries(21):
            found = data(client.get(URL, {"date": START.date().isoformat()}))
        assert found["pickups"]["count"] == 2 * (round_ + 1)


@pytest.mark.parametrize("query", [{"date": "today"}, {"date": "2024-13-01"}, {"day": "1"}])
def test_a_question_that_is_not_good_is_refused(staff: User, query: dict[str, str]) -> None:
    refusal(api_client(staff).get(URL, query), 400, "invalid")


def test_it_is_for_staff(order: RentalOrder) -> None:
    refusal(api_client(order.customer).get(URL), 403, "not_permitted")
    refusal(api_client().get(URL), 401, "not_authenticated")
