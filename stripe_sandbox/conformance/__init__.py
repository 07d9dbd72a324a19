"""Is it as Stripe describes it? Checks of requests, answers and events, for tests.

``description.json`` is derived from the type declarations of Stripe's Node SDK, see README.md.
"""

from .checks import check_answer, check_error, check_event, check_request
from .violation import Violation

__all__ = ["Violation", "check_answer", "check_error", "check_event", "check_request"]
