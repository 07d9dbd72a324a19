"""Bearer tokens for API clients: an access token for minutes, and a refresh token for days that is
good for one use (rule R22). `rest_framework_simplejwt` signs and verifies them."""

from dataclasses import dataclass
from typing import Any, cast

from django.db import transaction
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken as SimpleRefreshToken
from rest_framework_simplejwt.tokens import Token
from rest_framework_simplejwt.utils import datetime_from_epoch

from accounts.authentication import TokenAuthentication
from accounts.models import User


@dataclass(frozen=True, slots=True)
class TokenPair:
    access: str
    refresh: str


class RefreshToken(SimpleRefreshToken):
    """simplejwt's, except that the database keeps its id only, not the token itself: who reads a
    backup must not be able to log in."""

    @classmethod
    def for_user(cls, user: Any) -> "RefreshToken":
        token = cast(RefreshToken, Token.for_user.__func__(cls, user))  # type: ignore[attr-defined]
        OutstandingToken.objects.create(
            user=user,
            jti=token["jti"],
            token="",
            created_at=token.current_time,
            expires_at=datetime_from_epoch(token["exp"]),
        )
        return token


def issue(user: User) -> TokenPair:
    """New tokens for `user`. They end with the user's password and activity, not only by time."""
    refresh = RefreshToken.for_user(user)
    return TokenPair(access=str(refresh.access_token), refresh=str(refresh))


def rotate(refresh: str) -> TokenPair:
    """New tokens for a refresh token, which is used up by this.

    Raises InvalidToken if it is not good any more, and AuthenticationFailed if its user is not.
    """
    token = _verified(refresh)
    user = TokenAuthentication().get_user(cast(Any, token))
    with transaction.atomic():
        _use_up(token)
        return issue(cast(User, user))


def revoke(refresh: str) -> None:
    """Use up a refresh token. Raises InvalidToken if it was not good any more."""
    _use_up(_verified(refresh))


def _verified(refresh: str) -> RefreshToken:
    try:
        return RefreshToken(cast(Any, refresh))
    except TokenError as error:
        raise InvalidToken() from error


def _use_up(token: RefreshToken) -> None:
    # The unique row decides between two that come at the same time; a look before would not.
    _, is_first = cast(tuple[object, bool], token.blacklist())
    if not is_first:
        raise InvalidToken()
