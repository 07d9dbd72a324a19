"""Who a bearer token stands for, asked of the database on each request (rule R22)."""

from functools import lru_cache
from typing import Any, cast

from django.http import HttpRequest
from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed, InvalidToken, TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken, Token
from rest_framework_simplejwt.utils import aware_utcnow, get_md5_hash_password

from accounts.models import User
from common.prepared import columns, fetch, instance

# Through the ORM, compiling this query costs more than running it, and it stands before every
# request of the API.
_BY_ID = f"SELECT {columns(User)} FROM accounts_user WHERE id = %s::uuid"  # noqa: S608

_KNOWN = "known_bearer"


@lru_cache(maxsize=4096)
def _verified(raw: bytes) -> AccessToken:
    """A token whose signature and claims are right, which stay so; a wrong one is not remembered.

    Verifying costs a tenth of a request from the cache, and clients send a token many times.
    """
    return AccessToken(cast(Any, raw))


class TokenAuthentication(JWTAuthentication):
    """JWT bearer tokens. Role, activity and password are the database's, never the token's."""

    def authenticate(self, request: Request) -> Any:
        # Where `bearer_of` was asked first, its answer stands for the rest of the request.
        return getattr(request, _KNOWN, None) or super().authenticate(request)

    def get_validated_token(self, raw_token: bytes) -> Token:
        try:
            token = _verified(raw_token)
            token.check_exp(current_time=aware_utcnow())  # the one thing that time changes
        except TokenError as error:
            raise InvalidToken("This token is not valid, or not any more.") from error
        return token

    def get_user(self, validated_token: Token) -> Any:
        user_id = validated_token.payload.get(api_settings.USER_ID_CLAIM)
        if not isinstance(user_id, str):
            raise InvalidToken("This token names nobody.")
        found = fetch(_BY_ID, [user_id])
        user = instance(User, found[0]) if found else None
        if user is None or not user.is_active:
            raise AuthenticationFailed("User not found or not active.", code="user_not_found")
        revoke_claim = validated_token.payload.get(api_settings.REVOKE_TOKEN_CLAIM)
        if revoke_claim != get_md5_hash_password(user.password):
            raise AuthenticationFailed("The password has been changed.", code="password_changed")
        return user


def bearer_of(request: HttpRequest) -> User | None:
    """Whose token the request bears; None without a token, or with one that is not good."""
    try:
        known = TokenAuthentication().authenticate(cast(Any, request))
    except AuthenticationFailed:
        return None
    setattr(request, _KNOWN, known)
    return cast(User, known[0]) if known else None


class TokenScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]
    """How the API's description names it; registered by being defined."""

    target_class = "accounts.authentication.TokenAuthentication"
