"""The API under /auth/."""

from dataclasses import asdict
from typing import cast

from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services, tokens
from accounts.models import Role, User
from accounts.serializers import (
    CredentialsSerializer,
    MeSerializer,
    RefreshSerializer,
    RegisteredSerializer,
    RegisterSerializer,
    TokenPairSerializer,
)
from common.api.envelope import documented, envelope_of, ok

_TOKENS = envelope_of(TokenPairSerializer, "TokenPair")
_NO_STORE = {"Cache-Control": "no-store, private"}


class PublicView(APIView):
    """For those who are not logged in yet. An old token in the header does not get in the way."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get_authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'  # without it REST framework would answer 403 instead of 401


class RegisterView(PublicView):
    @documented(
        "Open an account",
        envelope_of(RegisteredSerializer, "Registered"),
        status=201,
        request=RegisterSerializer,
        errors=(400, 413, 415, 429),
        description="The answer is the same for an address that has an account already; its owner"
        " is told by e-mail, and the account stays as it is. Log in with `POST /auth/token/`.",
    )
    def post(self, request: Request) -> Response:
        serializer = RegisterSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        services.register(request._request, **given)
        data = {"email": given["email"].lower(), "name": given["name"], "role": Role.CUSTOMER}
        return ok(data, "Account registered. You can log in now.", status=201, headers=_NO_STORE)


class TokenView(PublicView):
    @documented(
        "Log in",
        _TOKENS,
        request=CredentialsSerializer,
        errors=(400, 401, 413, 415, 429),
        description="After ten failed logins an account has to wait up to fifteen minutes.",
    )
    def post(self, request: Request) -> Response:
        serializer = CredentialsSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = services.check_login(request._request, **serializer.validated_data)
        if user is None:
            raise AuthenticationFailed(
                "The e-mail address or the password is not right.", "invalid_credentials"
            )
        return ok(asdict(tokens.issue(user)), "Logged in successfully", headers=_NO_STORE)


class TokenRefreshView(PublicView):
    @documented(
        "Get new tokens",
        _TOKENS,
        request=RefreshSerializer,
        errors=(400, 401, 413, 415),
        description="The refresh token is used up; the answer holds the next one.",
    )
    def post(self, request: Request) -> Response:
        serializer = RefreshSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        pair = tokens.rotate(serializer.validated_data["refresh"])
        return ok(asdict(pair), "Tokens refreshed successfully", headers=_NO_STORE)


class LogoutView(PublicView):
    @documented(
        "Log out",
        envelope_of(None, "LoggedOut"),
        request=RefreshSerializer,
        errors=(400, 401, 413, 415),
        description="The refresh token is used up. The access token ends by itself in minutes.",
    )
    def post(self, request: Request) -> Response:
        serializer = RefreshSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        tokens.revoke(serializer.validated_data["refresh"])
        return ok(None, "Logged out successfully")


class MeView(APIView):
    @documented("Who am I", envelope_of(MeSerializer, "Me"), errors=(401,))
    def get(self, request: Request) -> Response:
        return ok(MeSerializer(cast(User, request.user)).data, "Retrieved successfully")
