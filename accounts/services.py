"""What people do with their accounts."""

from datetime import timedelta
from typing import Final

from django.contrib.auth import authenticate
from django.db import transaction
from django.http import HttpRequest

from accounts.models import User, normalize_email
from accounts.tasks import send_registration_mail
from common.throttling import forgive, hit, peer_of

# Failed logins. Ten per account would let any stranger lock anybody out, by failing ten times; so
# the tight limit is per account and peer, and locks out the stranger alone. What is left for one
# who guesses from many addresses is the loose limit: it takes ten addresses to lock an account, and
# allows under ten thousand guesses a day, while passwords that common are refused (rule R21).
LOGIN_WINDOW: Final = timedelta(minutes=15)
LOGINS_PER_PEER: Final = 60
LOGINS_PER_ACCOUNT_AND_PEER: Final = 10
LOGINS_PER_ACCOUNT: Final = 100

REGISTER_WINDOW: Final = timedelta(hours=1)
REGISTRATIONS_PER_PEER: Final = 20
REGISTRATIONS_PER_ADDRESS: Final = 5  # each one sends an e-mail there


def check_login(request: HttpRequest, *, email: str, password: str) -> User | None:
    """The active user with this address and password, or None.

    It takes the same time and answers the same whether the user does not exist, is not active, or
    has another password (matrix row F06). Raises TooManyRequests. Call it outside a transaction.
    """
    email = normalize_email(email)
    peer = peer_of(request)
    # The account comes last: what a peer tries after his own limit does not count against it.
    counters = (
        ("login-peer", peer, LOGINS_PER_PEER),
        ("login-account-and-peer", f"{email} {peer}", LOGINS_PER_ACCOUNT_AND_PEER),
        ("login-account", email, LOGINS_PER_ACCOUNT),
    )
    # Counted before the password is looked at: among parallel guesses, too, only so many get
    # through (matrix row F07).
    for scope, identity, limit in counters:
        hit(scope, identity, limit=limit, window=LOGIN_WINDOW)
    user = authenticate(request, username=email, password=password)
    if user is None:
        return None
    for scope, identity, _ in counters:
        forgive(scope, identity)
    return user


def register(request: HttpRequest, *, email: str, password: str, name: str) -> None:
    """Open an account for a customer; where there is one already, leave it as it is.

    Nobody can learn from the answer which of the two happened: the owner of the address is told by
    e-mail (matrix row F06). Raises TooManyRequests.
    """
    email = normalize_email(email)
    hit("register-peer", peer_of(request), limit=REGISTRATIONS_PER_PEER, window=REGISTER_WINDOW)
    hit("register-address", email, limit=REGISTRATIONS_PER_ADDRESS, window=REGISTER_WINDOW)
    user = User(email=email, name=name)
    user.set_password(password)  # as slow for a known address as for a new one
    with transaction.atomic():
        User.objects.bulk_create([user], ignore_conflicts=True)
        owner_id = User.objects.values_list("pk", flat=True).get(email=email)
        send_registration_mail.defer(user_id=str(owner_id), is_new=owner_id == user.pk)
