"""The API's endpoints: method, path, handler and what each accepts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .accepted import (
    ANY,
    CANCEL_REASON,
    CUSTOMER,
    CUSTOMER_CREATE,
    INTENT,
    INTENT_CAPTURE,
    INTENT_CONFIRM,
    INTENT_CREATE,
    METADATA_ONLY,
    METHOD,
    NOTHING,
    REFUND,
    SESSION,
    TEXT,
    accepts,
    dated,
)
from .call import Call
from .lists import PAGE_PARAMS
from .params import (
    Boolean,
    Choice,
    Fields,
    ListOf,
    Metadata,
)
from .resources import (
    balance_transactions,
    charges,
    checkout_sessions,
    customers,
    events,
    payment_intents,
    payment_methods,
    refunds,
)
from .sandbox import Sandbox
from .store import Obj

Handler = Callable[[Sandbox, Call], Obj]


@dataclass(frozen=True)
class Route:
    """One endpoint."""

    method: str
    path: str
    handler: Handler
    params: Fields


SESSIONS = "/v1/checkout/sessions"
INTENTS = "/v1/payment_intents"
METHODS = "/v1/payment_methods"
CUSTOMERS = "/v1/customers"


ROUTES = (
    Route("POST", SESSIONS, checkout_sessions.create, SESSION),
    Route(
        "GET",
        SESSIONS,
        checkout_sessions.list_all,
        dated(
            customer=TEXT,
            payment_intent=TEXT,
            status=Choice("complete", "expired", "open"),
        ),
    ),
    Route("GET", SESSIONS + "/{id}", checkout_sessions.retrieve, NOTHING),
    Route("POST", SESSIONS + "/{id}", checkout_sessions.update, METADATA_ONLY),
    Route("POST", SESSIONS + "/{id}/expire", checkout_sessions.expire, NOTHING),
    Route(
        "GET", SESSIONS + "/{id}/line_items", checkout_sessions.list_line_items,
        accepts(PAGE_PARAMS),
    ),
    Route("POST", INTENTS, payment_intents.create, INTENT_CREATE),
    Route("GET", INTENTS, payment_intents.list_all, dated(customer=TEXT)),
    Route("GET", INTENTS + "/{id}", payment_intents.retrieve, accepts({"client_secret": ANY})),
    Route("POST", INTENTS + "/{id}", payment_intents.update, accepts(INTENT)),
    Route("POST", INTENTS + "/{id}/confirm", payment_intents.confirm, INTENT_CONFIRM),
    Route("POST", INTENTS + "/{id}/capture", payment_intents.capture, INTENT_CAPTURE),
    Route(
        "POST",
        INTENTS + "/{id}/cancel",
        payment_intents.cancel,
        accepts({"cancellation_reason": CANCEL_REASON}),
    ),
    Route("GET", "/v1/charges/{id}", charges.retrieve, NOTHING),
    Route(
        "POST",
        "/v1/charges/{id}",
        charges.update,
        accepts({"description": TEXT, "metadata": Metadata()}),
    ),
    Route(
        "GET",
        "/v1/charges",
        charges.list_all,
        dated(customer=TEXT, payment_intent=TEXT, transfer_group=TEXT),
    ),
    Route("POST", "/v1/refunds", refunds.create, REFUND),
    Route("GET", "/v1/refunds", refunds.list_all, dated(charge=TEXT, payment_intent=TEXT)),
    Route("GET", "/v1/refunds/{id}", refunds.retrieve, NOTHING),
    Route("POST", "/v1/refunds/{id}", refunds.update, METADATA_ONLY),
    Route("POST", CUSTOMERS, customers.create, CUSTOMER_CREATE),
    Route("GET", CUSTOMERS, customers.list_all, dated(email=TEXT)),
    Route("GET", CUSTOMERS + "/{id}", customers.retrieve, NOTHING),
    Route("POST", CUSTOMERS + "/{id}", customers.update, accepts(CUSTOMER)),
    Route("DELETE", CUSTOMERS + "/{id}", customers.delete, NOTHING),
    Route(
        "GET",
        CUSTOMERS + "/{id}/payment_methods",
        payment_methods.list_of_customer,
        accepts({**PAGE_PARAMS, "type": TEXT}),
    ),
    Route("POST", METHODS, payment_methods.create, METHOD),
    Route(
        "GET", METHODS, payment_methods.list_all, accepts({**PAGE_PARAMS, "customer": TEXT,
        "type": TEXT}),
    ),
    Route("GET", METHODS + "/{id}", payment_methods.retrieve, NOTHING),
    Route(
        "POST",
        METHODS + "/{id}/attach",
        payment_methods.attach,
        accepts({"customer": TEXT}, "customer"),
    ),
    Route("POST", METHODS + "/{id}/detach", payment_methods.detach, NOTHING),
    Route("GET", "/v1/balance_transactions/{id}", balance_transactions.retrieve, NOTHING),
    Route(
        "GET",
        "/v1/balance_transactions",
        balance_transactions.list_all,
        dated(currency=TEXT, source=TEXT, type=TEXT),
    ),
    Route("GET", "/v1/events/{id}", events.retrieve, NOTHING),
    Route(
        "GET",
        "/v1/events",
        events.list_all,
        dated(type=TEXT, types=ListOf(TEXT), delivery_success=Boolean()),
    ),
)  # fmt: skip


class Router:
    """Finds the route of a path by its segments."""

    def __init__(self, routes: tuple[Route, ...] = ROUTES) -> None:
        self._tree: dict[tuple[str, ...], dict[str, Route]] = {}
        for route in routes:
            shape = tuple(route.path.strip("/").split("/"))
            self._tree.setdefault(shape, {})[route.method] = route

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
        """The route and the ids in the path; no path of Stripe's has more than one id."""
        segments = path.strip("/").split("/")
        exact = self._tree.get(tuple(segments), {}).get(method)
        if exact is not None:
            return exact, ()
        for place in (2, 3):
            if place < len(segments) and segments[place]:
                shape = (*segments[:place], "{id}", *segments[place + 1 :])
                route = self._tree.get(shape, {}).get(method)
                if route is not None:
                    return route, (segments[place],)
        return None
