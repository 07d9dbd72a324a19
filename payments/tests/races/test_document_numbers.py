"""Numbers of documents: no gaps and no doubles, whoever issues at once, fails or is killed."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from functools import partial
from unittest.mock import patch
from uuid import UUID

import pytest
from django.db import connection, connections
from django.utils import timezone

from catalog.tests.factories import make_product
from common.prepared import fetch
from payments.documents import Paper
from payments.domain.documents import DocumentKind
from payments.models import Document, DocumentNumber, RentalOrder
from payments.services import documents
from payments.services.journal import SYSTEM
from payments.tests.factories import make_gateway, make_user, place
from payments.tests.races.books import assert_books, broken
from payments.tests.races.parallel import Meeting, in_processes

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 12


@pytest.fixture(autouse=True)
def _paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers are the matter here, and the printer's threads do not outlive a fork."""
    monkeypatch.setattr(documents, "print_pdf", lambda paper: paper.number.encode())


def make_orders() -> list[UUID]:
    make_gateway()
    product = make_product(units=MANY)
    return [place(make_user(), (product, 1)).pk for _ in range(MANY)]


def issue(orders: list[UUID], n: int) -> str:
    """The n-th order's quote."""
    answer = documents.issue_document(
        order_id=orders[n], kind=DocumentKind.QUOTE, actor=SYSTEM, now=timezone.now()
    )
    return answer.document.number


def issue_with_mishaps(orders: list[UUID], n: int) -> str:
    """Of three, one goes well, one fails when its number is drawn, and one is killed there."""
    if n % 3 == 0:
        return issue(orders, n)
    if n % 3 == 1:
        with patch.object(documents, "print_pdf", fail):
            return issue(orders, n)
    return killed(partial(issue, orders, n))


def fail(paper: Paper) -> bytes:
    raise RuntimeError(f"no paper for {paper.number}")


def die(paper: Paper) -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def killed(call: Callable[[], str]) -> str:
    """`call` in a process of its own, which is killed while it prints."""
    connections.close_all()
    child = os.fork()
    if not child:
        try:
            with patch.object(documents, "print_pdf", die):
                call()
        finally:
            os._exit(1)  # whatever came in between, or it would go on as its parent's double
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    return "killed"


def issue_the_same(orders: list[UUID], n: int) -> str:
    """The first order's quote, whoever asks."""
    return issue(orders[:1], 0)


def four_ask_for_its_quote(monkeypatch: pytest.MonkeyPatch, looked: Meeting) -> list[str]:
    """The numbers that they have, who want it at once."""

    draw = documents._next_number

    def draw_after_a_meeting(kind: DocumentKind) -> str:
        looked.wait()
        return draw(kind)

    monkeypatch.setattr(documents, "_next_number", draw_after_a_meeting)
    return in_processes(4, 1, partial(issue_the_same, make_orders()))


def test_an_order_that_many_ask_for_its_quote_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    said = four_ask_for_its_quote(monkeypatch, Meeting(2, patience=0.5))
    assert said == ["QUO-00001"] * 4
    assert numbers() == without_gaps(1)


def test_without_the_lock_on_the_order_it_has_several(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the test above: each looks before another one has issued."""
    monkeypatch.setattr(documents, "lock_order", lambda pk: RentalOrder.objects.get(pk=pk))
    said = four_ask_for_its_quote(monkeypatch, Meeting(2))
    assert len(set(said)) > 1


def numbers() -> list[str]:
    return sorted(Document.objects.values_list("number", flat=True))


def without_gaps(count: int) -> list[str]:
    return [DocumentKind.QUOTE.number(n) for n in range(1, count + 1)]


def test_numbers_have_no_gaps_and_no_doubles_though_some_fail_and_some_are_killed() -> None:
    orders = make_orders()
    said = in_processes(MANY, 1, partial(issue_with_mishaps, orders))
    heard = Counter("issued" if one.startswith("QUO-") else one.split(":")[0] for one in said)
    assert heard == {"issued": 4, "RuntimeError": 4, "killed": 4}, said
    assert numbers() == without_gaps(4)
    for n in range(MANY):
        issue(orders, n)  # the same again for those that have one
    assert numbers() == without_gaps(MANY)
    assert DocumentNumber.objects.get().last == MANY
    assert_books(at_rest=False)


def test_the_largest_number_plus_one_is_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin without the lock: it shows that the race is one. A constraint refuses the doubles,
    so that most of those who ask get nothing."""
    looked = Meeting(2)

    def largest_plus_one(kind: DocumentKind) -> str:
        """What one would write at first: nothing is locked between the look and the deed."""
        serial = Document.objects.filter(kind=kind).count() + 1
        looked.wait()
        return kind.number(serial)

    monkeypatch.setattr(documents, "_next_number", largest_plus_one)
    orders = make_orders()
    heard = Counter(said.split(":")[0] for said in in_processes(MANY, 1, partial(issue, orders)))
    assert heard["IntegrityError"] > 0
    assert len(numbers()) < MANY


def from_a_sequence(kind: DocumentKind) -> str:
    [(serial,)] = fetch("SELECT nextval('numbers_of_the_twin')")
    return kind.number(serial)


def test_a_sequence_leaves_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin whose numbers are not put back."""
    monkeypatch.setattr(documents, "_next_number", from_a_sequence)
    orders = make_orders()
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE numbers_of_the_twin")
    try:
        in_processes(MANY, 1, partial(issue_with_mishaps, orders))
        for n in range(MANY):
            issue(orders, n)
        assert len(numbers()) == MANY
        assert numbers() != without_gaps(MANY)
        assert any(name.startswith("I27") for name in broken())
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP SEQUENCE numbers_of_the_twin")
