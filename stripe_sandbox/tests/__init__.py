"""Tests of the sandbox, against a running one, with Stripe's own SDK."""
