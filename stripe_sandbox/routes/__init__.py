"""All endpoints of the API, by topic: method, path, handler and what each accepts."""

from __future__ import annotations

from . import (
    account,
    catalog,
    checkout,
    customers,
    invoices,
    payments,
    payouts,
    setup,
    subscriptions,
    test_helpers,
)

ROUTES = (
    *checkout.ROUTES,
    *payments.ROUTES,
    *setup.ROUTES,
    *customers.ROUTES,
    *catalog.ROUTES,
    *invoices.ROUTES,
    *subscriptions.ROUTES,
    *test_helpers.ROUTES,
    *payouts.ROUTES,
    *account.ROUTES,
)
