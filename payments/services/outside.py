"""What holds before anything slow and outside is called."""

from django.conf import settings
from django.db import connection


def release_connection() -> None:
    """Give the database connection back to the pool before a slow call.

    Raises RuntimeError inside a transaction: a gateway is never called there (predicate P7).
    """
    if connection.in_atomic_block:
        raise RuntimeError("A gateway must not be called inside a transaction.")
    if settings.DB_POOL_SIZE:
        connection.close()
