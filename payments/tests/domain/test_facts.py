"""Facts are stored as JSON between the inbox and the books; nothing may change on the way."""

import json

from hypothesis import given
from hypothesis import strategies as st

from payments.domain.facts import OUTCOMES, Fact, PaymentFact, RefundFact, from_json, to_json
from payments.domain.states import RefundStatus

ids = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
minor = st.integers(0, 99_999_999)
facts = st.one_of(
    st.builds(
        PaymentFact,
        outcome=st.sampled_from(sorted(OUTCOMES)),
        payment_id=ids,
        session_id=ids,
        intent_id=ids,
        amount_minor=minor,
        currency=st.sampled_from(["", "EUR", "JPY"]),
        error_code=ids,
        ref=ids,
    ),
    st.builds(
        RefundFact,
        status=st.sampled_from(RefundStatus),
        gateway_refund_id=ids,
        intent_id=ids,
        amount_minor=minor,
        currency=st.sampled_from(["EUR", "JPY"]),
        refund_id=ids,
        failure_reason=ids,
    ),
)


@given(facts)
def test_a_fact_comes_back_from_json_as_it_went_in(fact: Fact) -> None:
    again = from_json(json.loads(json.dumps(to_json(fact))))
    assert again == fact
    assert type(again) is type(fact)


def test_the_status_of_a_refund_comes_back_as_a_status() -> None:
    fact = RefundFact(RefundStatus.FAILED, "re_1", "pi_1", 100, "EUR")
    again = from_json(json.loads(json.dumps(to_json(fact))))
    assert isinstance(again, RefundFact)
    assert again.status is RefundStatus.FAILED
