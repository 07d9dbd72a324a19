"""The endpoints of Customers and their PaymentMethods."""

from __future__ import annotations

from ..accepted.common import NOTHING, TEXT, accepts, dated, found_by_query
from ..accepted.customers import CUSTOMER, CUSTOMER_CREATE
from ..accepted.payment_methods import METHOD, METHOD_UPDATE
from ..lists import PAGE_PARAMS
from ..resources import customers, payment_methods
from ..router import Route

METHODS = "/v1/payment_methods"
CUSTOMERS = "/v1/customers"

ROUTES = (
    Route("POST", CUSTOMERS, customers.create, CUSTOMER_CREATE),
    Route("GET", CUSTOMERS, customers.list_all, dated(email=TEXT, test_clock=TEXT)),
    Route("GET", CUSTOMERS + "/search", customers.search_all, found_by_query()),
    Route("GET", CUSTOMERS + "/{id}", customers.retrieve, NOTHING),
    Route("POST", CUSTOMERS + "/{id}", customers.update, accepts(CUSTOMER)),
    Route("DELETE", CUSTOMERS + "/{id}", customers.delete, NOTHING),
    Route(
        "GET",
        CUSTOMERS + "/{id}/sources",
        customers.list_sources,
        accepts({**PAGE_PARAMS, "object": TEXT}),
    ),
    Route(
        "GET",
        CUSTOMERS + "/{id}/payment_methods",
        payment_methods.list_of_customer,
        accepts({**PAGE_PARAMS, "type": TEXT}),
    ),
    Route(
        "GET",
        CUSTOMERS + "/{id}/payment_methods/{id}",
        payment_methods.retrieve_of_customer,
        NOTHING,
    ),
    Route("POST", METHODS, payment_methods.create, METHOD),
    Route(
        "GET",
        METHODS,
        payment_methods.list_all,
        accepts({**PAGE_PARAMS, "customer": TEXT, "type": TEXT}),
    ),
    Route("GET", METHODS + "/{id}", payment_methods.retrieve, NOTHING),
    Route("POST", METHODS + "/{id}", payment_methods.update, METHOD_UPDATE),
    Route(
        "POST",
        METHODS + "/{id}/attach",
        payment_methods.attach,
        accepts({"customer": TEXT}, "customer"),
    ),
    Route("POST", METHODS + "/{id}/detach", payment_methods.detach, NOTHING),
)
