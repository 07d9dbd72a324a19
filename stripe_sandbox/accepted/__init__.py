"""What each endpoint accepts, by topic.

A parameter that Stripe knows and the sandbox does not act on is ``ANY`` where that does no harm,
and ``LATER`` where ignoring it would make the answer wrong.
"""
