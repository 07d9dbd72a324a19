"""What goes wrong: news that is late, doubled or lost, a process that dies, a service that is away.
And time, which passes."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from common.errors import RentwellError
from payments.services.reconcile import reconcile
from payments.services.sweep import sweep
from payments.tests.machine.dying import Death
from payments.tests.machine.life import WHICH, Life
from payments.tests.races.quiet import work

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SPANS = st.sampled_from([MINUTE, 20 * MINUTE, 75 * MINUTE, 24 * HOUR, 6 * DAY])


class Misfortune(Life):
    @rule(data=st.data(), many=st.integers(1, 5))
    def news_arrives(self, data: st.DataObject, many: int) -> None:
        """Some of it, in any order."""
        waiting = self.shop.post.collect()
        if waiting:
            order = data.draw(st.permutations(range(len(waiting))))
            chosen = [waiting[place] for place in order[:many]]
            self.do("deliver", lambda: self.shop.post.deliver(chosen))

    @rule(which=WHICH)
    def news_comes_again(self, which: int) -> None:
        if event := self.choose(self.shop.post.arrived, which):
            self.do("repeat", lambda: self.shop.post.deliver([event]))

    @rule(which=WHICH, many=st.integers(1, 4))
    def news_is_lost(self, which: int, many: int) -> None:
        waiting = self.shop.post.collect()
        if waiting:
            first = which % len(waiting)
            self.happens("lose", lambda: self.shop.post.lose(waiting[first : first + many]))

    @rule()
    def workers_work(self) -> None:
        self.do("work", self._work)

    def _work(self) -> None:
        failures = [error for error in work() if not isinstance(error, RentwellError)]
        assert not failures, failures

    @rule()
    def the_sweeper_sweeps(self) -> None:
        self.do("sweep", sweep)

    @rule()
    def the_night_comes(self) -> None:
        self.do("reconcile", reconcile)

    @rule(message=st.integers(1, 25), after=st.booleans(), at_stripe=st.booleans())
    def whoever_is_next_dies(self, message: int, after: bool, at_stripe: bool) -> None:
        self.death = Death(message % 3 + 1 if at_stripe else message, after, at_stripe)

    @rule(
        kind=st.sampled_from(["refuse", "drop_reply", "status_429", "saved_500"]),
        times=st.integers(1, 3),
        execute=st.booleans(),
    )
    def stripe_fails(self, kind: str, times: int, execute: bool) -> None:
        more = {"execute": execute} if kind == "saved_500" else {}
        match = {"path": "/v1/*", "method": "POST"}
        self.happens(
            "fault", lambda: self.sandbox.fault(match=match, kind=kind, times=times, **more)
        )

    @rule(span=SPANS)
    def time_passes(self, span: timedelta) -> None:
        self.happens("time", lambda: self.shop.clock.advance(span))

    @rule(after=st.sampled_from([timedelta(0), timedelta(0), HOUR, 6 * DAY]))
    def it_is_quiet(self, after: timedelta) -> None:
        self.happens("quiet", lambda: self.come_to_rest(after))
