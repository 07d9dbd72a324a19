"""Rate limits counted in PostgreSQL, so that they hold across processes and do not open when Redis
is away (reliability rules R18 and R21, matrix row F07)."""

import hashlib
import hmac
import ipaddress
import math
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from common.errors import TooManyRequests

# One statement, so that parallel attempts queue at the row and none is lost. A window begins with
# its first attempt; the database's clock counts, because those of the web servers may differ.
_HIT = """
INSERT INTO common_throttlewindow AS w (key, count, expires_at)
VALUES (%(key)s, 1, clock_timestamp() + make_interval(secs => %(seconds)s))
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN w.expires_at <= clock_timestamp() THEN 1 ELSE w.count + 1 END,
    expires_at = CASE WHEN w.expires_at <= clock_timestamp()
        THEN clock_timestamp() + make_interval(secs => %(seconds)s) ELSE w.expires_at END
RETURNING count, extract(epoch FROM expires_at - clock_timestamp())
"""
_FORGIVE = "UPDATE common_throttlewindow SET count = count - 1 WHERE key = %s AND count > 0"
_LEFT = """
SELECT extract(epoch FROM expires_at - clock_timestamp()) FROM common_throttlewindow
WHERE key = %s AND count >= %s AND expires_at > clock_timestamp()
"""
_PURGE = "DELETE FROM common_throttlewindow WHERE expires_at <= clock_timestamp()"


def hit(scope: str, identity: str, *, limit: int, window: timedelta) -> None:
    """Count one attempt of `identity` at `scope`.

    Raises TooManyRequests, with the seconds to wait, from attempt `limit + 1` to the window's end.
    Call it outside a transaction: a rollback would take the attempt back, and the row stays locked
    until the end.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HIT, {"key": _key(scope, identity), "seconds": window.total_seconds()})
        count, seconds_left = cursor.fetchone()
    if count > limit:
        raise TooManyRequests(retry_after=max(1, math.ceil(seconds_left)))


def check(scope: str, identity: str, *, limit: int) -> None:
    """Raises TooManyRequests once `limit` attempts were counted, and counts none itself.

    For attempts of which only the bad ones are counted, when they turn out so, with `hit`: the good
    ones write nothing. So many more as are made at the same instant get through.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LEFT, [_key(scope, identity), limit])
        row = cursor.fetchone()
    if row:
        raise TooManyRequests(retry_after=max(1, math.ceil(row[0])))


def forgive(scope: str, identity: str) -> None:
    """Take one attempt back: it turned out to be a good one."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGIVE, [_key(scope, identity)])


def purge() -> int:
    """Delete the windows that are over; returns how many. For a periodic job."""
    with connection.cursor() as cursor:
        cursor.execute(_PURGE)
        return int(cursor.rowcount)


def peer_of(request: HttpRequest) -> str:
    """Who is at the other end of the connection, as far as it can be trusted.

    With `settings.TRUSTED_PROXIES` = n the nth address from the right of X-Forwarded-For was
    written by our own outermost proxy; everything left of it is the client's invention. An IPv6
    peer counts as its /64 network, since one customer commonly owns all of that.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if proxies := settings.TRUSTED_PROXIES:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        address = forwarded[-min(proxies, len(forwarded))].strip() or address
    return _network(address) or _network(request.META.get("REMOTE_ADDR", "")) or "unknown"


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), 64), strict=False))


def _key(scope: str, identity: str) -> str:
    # Keyed, so that a stolen table does not tell whose addresses tried to log in.
    message = f"{scope}\0{identity}".encode(errors="surrogatepass")
    return hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()
