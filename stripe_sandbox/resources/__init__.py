"""What Stripe keeps: one module per kind of object."""
