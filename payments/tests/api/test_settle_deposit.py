"""GET and POST /payments/rental-orders/{id}/settle_deposit/ (matrix row D07)"""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection

from accounts.models import User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.models import DepositSettlement, OrderEvent, PaymentNotification, Refund, RentalOrder
from payments.services.notifications import send_notification
from payments.tests.api.returns import accounts, bring_back, claim, post
from payments.tests.api.support import data, paid_order, refusal, rows
from payments.tests.factories import api_client, make_gateway, place_paid
from payments.tests.jobs import run_jobs
from payments.tests.races.books import assert_books
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db

RENT, TAX, DEPOSIT = 5000, 950, 5000


@pytest.fixture
def order(staff: User) -> RentalOrder:
    """109.50 EUR, of which 50.00 is deposit; it is back."""
    make_gateway()
    return bring_back(staff, place_paid(make_user(), (make_product(), 1)))


def preview(user: User, order: RentalOrder) -> list[str]:
    """Deposit, taken, back, owed."""
    shown = data(api_client(user).get(f"/payments/rental-orders/{order.pk}/settle_deposit/"))
    return [shown[f"{part}_amount"] for part in ("deposit", "taken", "back", "owed")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("claims", "taken", "back"),
    [([], 0, 5000), (["30.00"], 3000, 2000), (["20.00", "30.00"], 5000, 0)],
)
def test_claims_are_taken_and_the_rest_goes_back_in_the_same_act(
    sandbox: Sandbox, staff: User, claims: list[str], taken: int, back: int
) -> None:
    """D07: charged, and returned whole, in part or not at all."""
    make_gateway()
    order, payment = paid_order(sandbox, make_user(), (make_product(), 1))
    bring_back(staff, order)
    for amount in claims:
        claim(staff, order, amount)
    settled = data(post(staff, order, "settle_deposit"))
    assert settled["deposit_settlement"]["back_amount"] == f"{back / 100:.2f}"
    assert {row["status"] for row in settled["claims"]} <= {"ACCEPTED"}
    assert_books(at_rest=False)
    run_jobs()
    order.refresh_from_db()
    assert order.status == "COMPLETED"
    assert [row["amount"] for row in sandbox.get("/v1/refunds")["data"]] == [back] * bool(back)
    for refund in Refund.objects.all():
        assert (refund.payment, refund.source) == (payment, "DEPOSIT")
        assert (refund.amount_minor, refund.deposit_minor) == (back, back)
    kept = {"stripe_clearing": RENT + TAX + taken, "rent": -RENT, "tax": -TAX}
    assert accounts(order) == kept | ({"damage": -taken} if taken else {})
    assert_books(sandbox)


def test_what_claims_exceed_the_deposit_by_is_owed(staff: User, order: RentalOrder) -> None:
    """D07: damage larger than the deposit."""
    claim(staff, order, "10.00", "LATE")
    claim(staff, order, "70.00")
    assert preview(staff, order) == ["50.00", "50.00", "0.00", "30.00"]
    shown = data(post(staff, order, "settle_deposit"))
    assert (shown["status"], shown["balance_due"]) == ("RETURNED", "30.00")
    assert not Refund.objects.exists()
    found = accounts(order)
    assert (found["customer"], found["fee"], found["damage"]) == (3000, -1000, -7000)
    assert "deposit" not in found
    assert_books(at_rest=False)


def test_a_withdrawn_claim_counts_no_more(staff: User, order: RentalOrder) -> None:
    made = claim(staff, order, "30.00")
    claim(staff, order, "20.00", "CLEANING")
    assert preview(order.customer, order) == ["50.00", "50.00", "0.00", "0.00"]
    data(post(staff, order, f"claims/{made['id']}/withdraw"))
    assert preview(order.customer, order) == ["50.00", "20.00", "30.00", "0.00"]
    shown = data(post(staff, order, "settle_deposit"))
    assert [row["status"] for row in shown["claims"]] == ["WITHDRAWN", "ACCEPTED"]
    assert Refund.objects.get().amount_minor == 3000
    assert_books(at_rest=False)


def test_looking_changes_nothing(staff: User, order: RentalOrder) -> None:
    claim(staff, order, "30.00")
    before = rows()
    preview(staff, order)
    assert rows() == before


def test_it_is_decided_once(staff: User, order: RentalOrder) -> None:
    """D07: double click, with a key and without."""
    claim(staff, order, "30.00")
    first, second = (data(post(staff, order, "settle_deposit", key="key-1")) for _ in "12")
    assert first["deposit_settlement"] == second["deposit_settlement"]
    refusal(post(staff, order, "settle_deposit"), 409, "deposit_settled")
    url = f"/payments/rental-orders/{order.pk}/settle_deposit/"
    refusal(api_client(staff).get(url), 409, "deposit_settled")
    assert Refund.objects.get().amount_minor == 2000
    assert DepositSettlement.objects.get().settled_by == staff
    assert_books(at_rest=False)


@pytest.mark.parametrize("step", ["", "hand_over"])
def test_a_deposit_is_settled_once_everything_is_back(staff: User, step: str) -> None:
    make_gateway()
    order = place_paid(make_user(), (make_product(), 1))
    if step:
        data(post(staff, order, step))
    refusal(post(staff, order, "settle_deposit"), 409, "illegal_status")


def test_a_gift_of_the_shop_does_not_shorten_the_deposit(staff: User, order: RentalOrder) -> None:
    data(post(staff, order, "refunds", amount="20.00", reason="Rain."), 201)
    claim(staff, order, "10.00")
    assert preview(staff, order) == ["50.00", "10.00", "40.00", "0.00"]
    data(post(staff, order, "settle_deposit"))
    amounts = Refund.objects.values_list("amount_minor", "deposit_minor", "source")
    assert list(amounts) == [(2000, 0, "STAFF"), (4000, 4000, "DEPOSIT")]
    assert_books(at_rest=False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sent_before", [True, False])
def test_what_staff_gave_back_of_the_deposit_is_not_given_twice(
    sandbox: Sandbox, staff: User, sent_before: bool
) -> None:
    make_gateway()
    order, _ = paid_order(sandbox, make_user(), (make_product(), 2))
    bring_back(staff, order)
    items = [{"item_id": str(order.items.get().pk), "quantity": 1, "deposit": True}]
    data(post(staff, order, "refunds", items=items, reason="One was broken."), 201)
    if sent_before:
        run_jobs()
    claim(staff, order, "20.00")
    assert preview(staff, order) == ["50.00", "20.00", "30.00", "0.00"]
    data(post(staff, order, "settle_deposit"))
    run_jobs()
    order.refresh_from_db()
    assert order.status == "COMPLETED"
    assert accounts(order) == {
        "stripe_clearing": RENT + TAX + 2000,
        "rent": -2 * RENT,
        "tax": -2 * TAX,
        "refunds": RENT + TAX,
        "damage": -2000,
    }
    assert_books(sandbox)


@pytest.mark.parametrize(
    ("currency", "deposit", "claimed", "taken", "back"),
    [
        ("JPY", 5000, "3000", 3000, 2000),
        ("KWD", 50_000, "12.340", 12_340, 37_660),
        ("ISK", 500_000, "1200.00", 120_000, 380_000),
    ],
)
def test_each_currency_is_taken_and_given_back_exactly(
    staff: User, currency: str, deposit: int, claimed: str, taken: int, back: int
) -> None:
    """A10"""
    make_gateway()
    product = make_product(
        currency=currency, deposit_minor=deposit, tiers=[("DAY", 1, 10_000)], tax_rate=0
    )
    order = bring_back(staff, place_paid(make_user(), (product, 1)))
    claim(staff, order, claimed)
    data(post(staff, order, "settle_deposit"))
    assert Refund.objects.get().amount_minor == back
    assert accounts(order)["damage"] == -taken
    assert_books(at_rest=False)


def test_a_shop_without_deposits_may_claim_too(staff: User) -> None:
    make_gateway()
    order = place_paid(make_user(), (make_product(deposit_minor=0), 1))
    bring_back(staff, order)
    claim(staff, order, "30.00")
    shown = data(post(staff, order, "settle_deposit"))
    assert (shown["status"], shown["balance_due"]) == ("RETURNED", "30.00")
    assert_books(at_rest=False)


def test_without_deposit_and_claims_the_order_is_simply_done(staff: User) -> None:
    make_gateway()
    order = place_paid(make_user(), (make_product(deposit_minor=0), 1))
    bring_back(staff, order)
    assert data(post(staff, order, "settle_deposit"))["status"] == "COMPLETED"
    assert not OrderEvent.objects.filter(fact="deposit.settled").exists()
    assert_books(at_rest=False)


@pytest.mark.django_db(transaction=True)
def test_an_order_is_not_done_while_a_gift_is_on_its_way(sandbox: Sandbox, staff: User) -> None:
    make_gateway()
    order, _ = paid_order(sandbox, make_user(), (make_product(deposit_minor=0), 1))
    bring_back(staff, order)
    data(post(staff, order, "refunds", amount="5.00", reason="Rain."), 201)
    assert data(post(staff, order, "settle_deposit"))["status"] == "RETURNED"
    run_jobs()
    order.refresh_from_db()
    assert order.status == "COMPLETED"
    assert_books(sandbox)


def test_the_customer_is_told_what_was_taken_and_why(staff: User, order: RentalOrder) -> None:
    """I23"""
    claim(staff, order, "30.00")
    data(post(staff, order, "settle_deposit"))
    note = PaymentNotification.objects.get(kind="deposit_settled")
    assert note.recipient == order.customer
    send_notification(note.pk)
    letter = next(m for m in mail.outbox if m.subject.startswith("Your deposit"))
    for line in ("Damage: 30.00 EUR. A bent pole.", "On its way back to you: 20.00 EUR."):
        assert line in letter.body


def test_what_was_to_be_paid_later_is_kept_of_the_deposit_and_told(staff: User) -> None:
    """A day more for 29.75 EUR, which the customer never paid; message, API and balance agree."""
    make_gateway()
    order = place_paid(make_user(), (make_product(), 1))
    end = (order.rental_end_date + timedelta(days=1)).isoformat()
    data(post(staff, order, "extend", rental_end_date=end, pay_later=True))
    bring_back(staff, order)
    claim(staff, order, "10.00", "LATE")
    looked = data(api_client(staff).get(f"/payments/rental-orders/{order.pk}/settle_deposit/"))
    done = data(post(staff, order, "settle_deposit"))["deposit_settlement"]
    parts = ("deposit", "claimed", "taken", "unpaid", "netted", "back")
    told = {part: looked[f"{part}_amount"] for part in parts}
    assert told == {part: done[f"{part}_amount"] for part in parts}
    assert list(told.values()) == ["50.00", "10.00", "10.00", "29.75", "29.75", "10.25"]
    assert Refund.objects.get().amount_minor == 1025
    send_notification(PaymentNotification.objects.get(kind="deposit_settled").pk)
    letter = next(m for m in mail.outbox if m.subject.startswith("Your deposit"))
    assert "\n".join(str(letter.body).splitlines()[4:-2]) == (
        "Late: 10.00 EUR. A bent pole.\n"
        "Not paid of your order: 29.75 EUR.\n"
        "Your deposit: 50.00 EUR.\n"
        "Taken from it for claims: 10.00 EUR.\n"
        "Kept of it for what was not paid: 29.75 EUR.\n"
        "On its way back to you: 10.25 EUR."
    )
    assert_books(at_rest=False)


def test_accepted_claims_are_fees_of_the_order_in_the_audit(
    staff: User, order: RentalOrder
) -> None:
    claim(staff, order, "30.00")
    total = "SELECT total_minor, deposit_minor FROM audit.orders"
    fees = "SELECT quantity, unit_price_minor, line_total_minor FROM audit.order_lines"
    with connection.cursor() as cursor:
        cursor.execute(total)
        assert cursor.fetchall() == [(RENT + TAX, DEPOSIT)]
        data(post(staff, order, "settle_deposit"))
        cursor.execute(total)
        assert cursor.fetchall() == [(RENT + TAX + 3000, 0)]
        cursor.execute(f"{fees} WHERE kind = 'fee'")
        assert cursor.fetchall() == [(1, 3000, 3000)]
