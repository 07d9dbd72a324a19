"""A Stripe that runs on your own machine: a page to click, an API to script, faults to order.

It is a process of its own (``python -m stripe_sandbox``) that speaks Stripe's HTTP API. It
imports nothing of the product beside it, and nothing there imports it.
"""

#: The API version whose shapes the sandbox answers with (the one ``stripe`` 16.1.0 pins).
API_VERSION = "2026-10-28.endive"
