"""Who a bearer token stands for, asked of the database on each request (rule R22)."""

from typing import Any

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed, InvalidToken
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import Token
from rest_framework_simplejwt.utils import get_md5_hash_password

from accounts.models import User

# Prepared once: through the ORM, compiling this query costs more than running it, and it stands
# before every request of the API.
_COLUMNS = ", ".join(f'"{field.column}"' for field in User._meta.concrete_fields)
_BY_ID = f'SELECT {_COLUMNS} FROM "{User._meta.db_table}" WHERE id = %s'  # noqa: S608


class TokenAuthentication(JWTAuthentication):
    """JWT bearer tokens. Role, activity and password are the database's, never the token's."""

    def get_user(self, validated_token: Token) -> Any:
        user_id = validated_token.payload.get(api_settings.USER_ID_CLAIM)
        if not isinstance(user_id, str):
            raise InvalidToken("This token names nobody.")
        user = next(iter(User.objects.raw(_BY_ID, [user_id])), None)
        if user is None or not user.is_active:
            raise AuthenticationFailed("User not found or not active.", code="user_not_found")
        revoke_claim = validated_token.payload.get(api_settings.REVOKE_TOKEN_CLAIM)
        if revoke_claim != get_md5_hash_password(user.password):
            raise AuthenticationFailed("The password has been changed.", code="password_changed")
        return user


class TokenScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]
    """How the API's description names it; registered by being defined."""

    target_class = "accounts.authentication.TokenAuthentication"
