"""Stripe, through its official SDK. The only package that knows Stripe's words.

`adapter` speaks to it, over `transport`; `facts` turns its objects and events into our words,
`errors` its refusals; `signatures` tells its webhooks from forged ones.
"""

from payments.gateways.stripe.adapter import StripeGateway

__all__ = ["StripeGateway"]
