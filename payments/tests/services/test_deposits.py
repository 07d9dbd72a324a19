"""Deposits that nobody settles, that many settle at once, and that a bank has a word on (D07)."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import Role, User
from accounts.tests.factories import make_user
from catalog.tests.factories import make_product
from payments.domain.deposits import ClaimKind, Outcome
from payments.domain.errors import DepositNotSecured, DepositSettled
from payments.models import Claim, DepositSettlement, Refund, RentalOrder
from payments.services import deposits, rental, staff_refunds, undo
from payments.services.claims import Wanted, make_claim
from payments.services.deposits import UNDECIDED, release_deposit, settle_deposit
from payments.services.journal import Actor
from payments.services.ledger import balance
from payments.services.sweep import sweep
from payments.tests.api.returns import accounts
from payments.tests.factories import make_gateway, place_with_checkout
from payments.tests.races.books import assert_books
from payments.tests.races.parallel import Meeting, together
from payments.tests.races.quiet import quiet, work
from payments.tests.sandbox import PAYS, Sandbox
from payments.tests.services.hold_support import begins_in, held, held_later, intents
from payments.tests.services.support import REFUND_FAILS_LATER, REFUND_PENDS, again, confirmed
from payments.tests.services.test_disputes import answer_with, hear, raise_dispute

pytestmark = pytest.mark.django_db(transaction=True)

DEPOSIT = 5000


@pytest.fixture
def staff(transactional_db: None) -> User:
    return make_user(role=Role.STAFF)


def returned(sandbox: Sandbox, staff: User, card: str = PAYS) -> RentalOrder:
    """Paid at the sandbox, 109.50 EUR, and back."""
    order, _ = confirmed(sandbox, card)
    bring_back(order, staff)
    return order


def bring_back(order: RentalOrder, staff: User) -> None:
    rental.hand_over(order_id=order.pk, actor=Actor.of(staff))
    rental.take_back(order_id=order.pk, actor=Actor.of(staff))


def claim(order: RentalOrder, staff: User, amount: str) -> Claim:
    wanted = Wanted(ClaimKind.DAMAGE, Decimal(amount), "A bent pole.")
    return make_claim(order_id=order.pk, wanted=wanted, staff=staff)


def settled(order: RentalOrder, staff: User) -> RentalOrder:
    settle_deposit(order_id=order.pk, actor=Actor.of(staff))
    work()
    order.refresh_from_db()
    return order


def window_ends(order: RentalOrder, settings: object) -> None:
    window: timedelta = settings.INSPECTION_WINDOW  # type: ignore[attr-defined]
    before = timezone.now() - window - timedelta(seconds=1)
    RentalOrder.objects.filter(pk=order.pk).update(returned_at=before)


def test_an_unsettled_deposit_goes_back_whole_when_the_inspection_window_ends(
    sandbox: Sandbox, staff: User, settings: object
) -> None:
    """D4, by the sweep; not a moment earlier."""
    order = returned(sandbox, staff)
    sweep()
    work()
    assert not DepositSettlement.objects.exists()
    window_ends(order, settings)
    sweep()
    work()
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.status, refund.source) == (DEPOSIT, "SUCCEEDED", "DEPOSIT")
    assert again(order).status == "COMPLETED"
    assert (order.attention, DepositSettlement.objects.get().settled_by) == ("", None)
    assert sweep() == 0
    assert_books(sandbox)


def test_claims_that_nobody_decided_lapse_and_a_person_is_told(
    sandbox: Sandbox, staff: User, settings: object
) -> None:
    order = returned(sandbox, staff)
    made = claim(order, staff, "30.00")
    window_ends(order, settings)
    sweep()
    work()
    assert again(made).status == "LAPSED"
    assert again(order).attention == UNDECIDED
    assert Refund.objects.get().amount_minor == DEPOSIT
    assert "damage" not in accounts(order)
    assert_books(sandbox)


def test_a_job_that_comes_late_releases_nothing(
    sandbox: Sandbox, staff: User, settings: object
) -> None:
    order = returned(sandbox, staff)
    window_ends(order, settings)
    claim(order, staff, "30.00")
    settled(order, staff)
    release_deposit(order.pk)
    assert again(order).attention == ""
    assert Refund.objects.get().amount_minor == DEPOSIT - 3000


def test_what_is_out_again_is_not_released(sandbox: Sandbox, staff: User, settings: object) -> None:
    order = returned(sandbox, staff)
    window_ends(order, settings)
    reason = "The wrong one."
    undo.undo_take_back(order_id=order.pk, actor=Actor.of(staff), reason=reason)
    release_deposit(order.pk)
    assert not DepositSettlement.objects.exists()


def test_a_debt_stays_one_though_a_refund_comes_back_from_the_bank(
    sandbox: Sandbox, staff: User
) -> None:
    """I06: what the deposit does not cover is owed by the customer, and the refund to him."""
    order = returned(sandbox, staff)
    claim(order, staff, "66.30")
    payment = order.payments.get()
    refund = sandbox.post("/v1/refunds", payment_intent=payment.intent_id, amount="2700")
    hear(sandbox)
    assert settled(order, staff).status == "RETURNED"
    assert balance(order, "customer") == 1630
    sandbox.befall("fail_refund", refund["id"])
    hear(sandbox)
    assert balance(order, "customer") == 1630 - 2700
    assert_books(sandbox)


def test_eight_clicks_at_once_settle_it_once(sandbox: Sandbox, staff: User) -> None:
    """D07: double click; I25, one refund."""
    order = returned(sandbox, staff)
    claim(order, staff, "30.00")
    click = partial(settle_deposit, order_id=order.pk, actor=Actor.of(staff))
    heard = together([click] * 8)
    assert [type(answer) for answer in heard].count(DepositSettled) == 7
    work()
    assert Refund.objects.get().amount_minor == 2000
    assert again(order).status == "COMPLETED"
    assert_books(sandbox)


def test_without_the_lock_the_database_alone_keeps_it(
    sandbox: Sandbox, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin of the test above: nobody is refused by rule, and still it is settled once."""
    order = returned(sandbox, staff)
    claim(order, staff, "30.00")
    look, looked = deposits._outcome, Meeting(8)

    def look_and_wait(order: RentalOrder, claims: Sequence[Claim]) -> Outcome:
        looked.wait()
        return look(order, claims)

    monkeypatch.setattr(deposits, "lock_order", lambda pk: RentalOrder.objects.get(pk=pk))
    monkeypatch.setattr(deposits, "_outcome", look_and_wait)
    click = partial(settle_deposit, order_id=order.pk, actor=Actor.of(staff))
    heard = together([click] * 8)
    assert [type(answer) for answer in heard].count(IntegrityError) == 7
    work()
    assert Refund.objects.get().amount_minor == 2000
    assert_books(sandbox)


def test_a_claim_made_while_the_deposit_is_settled_is_in_or_refused(
    sandbox: Sandbox, staff: User
) -> None:
    order = returned(sandbox, staff)
    clicks: list[Callable[[], object]] = [partial(claim, order, staff, "1.00")] * 4
    clicks.append(partial(settle_deposit, order_id=order.pk, actor=Actor.of(staff)))
    together(clicks)
    work()
    accepted = Claim.objects.filter(status="ACCEPTED").count()
    assert Claim.objects.count() == accepted
    assert Refund.objects.get().amount_minor == DEPOSIT - 100 * accepted
    assert_books(sandbox)


def test_an_order_is_done_when_the_bank_has_done_its_part(sandbox: Sandbox, staff: User) -> None:
    order = returned(sandbox, staff, REFUND_PENDS)
    assert settled(order, staff).status == "RETURNED"
    sandbox.advance(60)
    hear(sandbox)
    assert again(order).status == "COMPLETED"
    assert_books(sandbox, at_rest=False)


def test_a_deposit_that_a_bank_sends_back_is_owed_until_it_is_paid_by_hand(
    sandbox: Sandbox, staff: User
) -> None:
    """D04"""
    order = settled(returned(sandbox, staff, REFUND_FAILS_LATER), staff)
    sandbox.advance(60)
    hear(sandbox)
    refund = Refund.objects.get()
    assert refund.status == "FAILED"
    assert accounts(order)["customer"] == -DEPOSIT
    staff_refunds.pay_by_hand(refund.pk, staff, "Transfer 17")
    assert "customer" not in accounts(order)
    assert again(order).status == "COMPLETED"
    assert_books(at_rest=False)


def test_an_order_waits_for_a_refund_that_was_refused(sandbox: Sandbox, staff: User) -> None:
    order = returned(sandbox, staff)
    settle_deposit(order_id=order.pk, actor=Actor.of(staff))
    Refund.objects.update(status="FAILED", next_attempt_at=None)
    order.payments.update(refund_reserved_minor=0)
    assert again(order).status == "RETURNED"
    staff_refunds.pay_by_hand(Refund.objects.get().pk, staff, "Transfer 17")
    assert again(order).status == "COMPLETED"
    assert "customer" not in accounts(order)
    assert_books(at_rest=False)


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_rest_of_a_disputed_deposit_goes_back_once_the_dispute_is_won(
    sandbox: Sandbox, staff: User, when: str
) -> None:
    """D06: nothing is given back while the bank has the money."""
    order = returned(sandbox, staff)
    claim(order, staff, "30.00")
    dispute_id = raise_dispute(sandbox, order.payments.get())
    if when == "before":
        hear(sandbox)
    assert settled(order, staff).status == "RETURNED"
    hear(sandbox)
    assert not Refund.objects.filter(status="SUCCEEDED").exists()
    answer_with(sandbox, dispute_id, "winning_evidence")
    hear(sandbox)
    assert accounts(order)["damage"] == -3000
    if when == "before":
        assert Refund.objects.get().amount_minor == 2000
        assert again(order).status == "COMPLETED"
    assert_books(sandbox, at_rest=False)


def test_what_a_bank_took_for_good_is_not_owed_again(sandbox: Sandbox, staff: User) -> None:
    order = returned(sandbox, staff)
    claim(order, staff, "30.00")
    dispute_id = raise_dispute(sandbox, order.payments.get())
    answer_with(sandbox, dispute_id, "losing_evidence")
    hear(sandbox)
    assert settled(order, staff).status == "COMPLETED"
    assert not Refund.objects.exists()
    assert "customer" not in accounts(order)
    assert_books(sandbox)


@pytest.mark.parametrize(
    ("claims", "received", "owed"), [([], 0, 0), (["30.00"], 3000, 0), (["70.00"], 5000, 2000)]
)
def test_claims_are_captured_from_a_hold_and_the_rest_is_let_go(
    sandbox: Sandbox, staff: User, claims: list[str], received: int, owed: int
) -> None:
    """D07 for a deposit that was held and never charged."""
    order, _ = held(sandbox)
    bring_back(order, staff)
    for amount in claims:
        claim(order, staff, amount)
    settle_deposit(order_id=order.pk, actor=Actor.of(staff))
    quiet()
    (intent,) = intents(sandbox)
    assert intent["amount_received"] == received
    assert intent["status"] == ("succeeded" if received else "canceled")
    assert accounts(order).get("customer", 0) == owed
    assert again(order).status == ("RETURNED" if owed else "COMPLETED")
    assert not Refund.objects.exists()
    assert_books(sandbox)


def test_nothing_is_handed_over_before_its_deposit_is_secured_unless_staff_say_so(
    sandbox: Sandbox, staff: User
) -> None:
    order = held_later(sandbox)
    with pytest.raises(DepositNotSecured):
        rental.hand_over(order_id=order.pk, actor=Actor.of(staff))
    assert again(order).status == "CONFIRMED"
    rental.hand_over(order_id=order.pk, actor=Actor.of(staff), without_deposit=True)
    assert order.events.get(fact="order.picked_up").data["without_deposit"] is True


def test_a_shop_may_hand_over_without_a_deposit(
    sandbox: Sandbox, staff: User, settings: Any
) -> None:
    settings.PICKUP_NEEDS_DEPOSIT = False
    order = held_later(sandbox)
    rental.hand_over(order_id=order.pk, actor=Actor.of(staff))
    assert again(order).status == "PICKED_UP"


def test_a_hold_that_nobody_settles_is_let_go_when_the_window_ends(
    sandbox: Sandbox, staff: User, settings: object
) -> None:
    order, _ = held(sandbox)
    bring_back(order, staff)
    window_ends(order, settings)
    quiet()
    (intent,) = intents(sandbox)
    assert intent["status"] == "canceled"
    assert again(order).status == "COMPLETED"
    assert_books(sandbox)


def test_nothing_is_held_any_more_once_the_deposit_is_settled(
    sandbox: Sandbox, staff: User
) -> None:
    """It was handed over without, and what is claimed is the customer's to pay."""
    order = held_later(sandbox)
    rental.hand_over(order_id=order.pk, actor=Actor.of(staff), without_deposit=True)
    rental.take_back(order_id=order.pk, actor=Actor.of(staff))
    begins_in(order, -1)
    claim(order, staff, "30.00")
    settle_deposit(order_id=order.pk, actor=Actor.of(staff))
    quiet()
    assert again(order).status == "RETURNED"
    assert accounts(order)["customer"] == 3000
    assert not order.payments.filter(kind="DEPOSIT").exists()
    assert_books(sandbox)


def test_a_card_on_file_is_charged_for_claims_only(sandbox: Sandbox, staff: User) -> None:
    make_gateway()
    product = make_product(deposit_strategy="CARD_ON_FILE")
    order, payment = place_with_checkout(make_user(), (product, 1))
    sandbox.pay(payment.session_id)
    hear(sandbox)
    bring_back(order, staff)
    claim(order, staff, "70.00")
    settle_deposit(order_id=order.pk, actor=Actor.of(staff))
    quiet()
    charged = order.payments.get(kind="FEE")
    assert (charged.status, charged.captured_minor) == ("SUCCEEDED", DEPOSIT)
    assert accounts(order)["customer"] == 2000
    assert again(order).status == "RETURNED"
    assert_books(sandbox)
