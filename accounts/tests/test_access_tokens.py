"""F09: which bearer tokens are believed, and until when."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings

from accounts.models import Role, User
from accounts.tests.conftest import PASSWORD, Api
from accounts.tests.factories import make_user

KEY = settings.SECRET_KEY


def claims_of(token: str) -> dict[str, Any]:
    decoded: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return decoded


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def signed(claims: dict[str, Any], key: Any = KEY, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, key, algorithm=algorithm)


def swapped_to_rsa(claims: dict[str, Any]) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return signed(claims, pem, "RS256")


def tampered(token: str, claims: dict[str, Any]) -> str:
    header, _, signature = token.split(".")
    return f"{header}.{part(claims)}.{signature}"


FORGERIES: dict[str, Callable[[dict[str, Any]], str]] = {
    "no algorithm": lambda c: f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(c)}.",
    "no algorithm in capitals": lambda c: f"{part({'alg': 'NONE'})}.{part(c)}.",
    "no algorithm with a signature": lambda c: f"{part({'alg': 'none'})}.{part(c)}.eHh4",
    "another algorithm": lambda c: signed(c, algorithm="HS384"),
    "a key pair of the client": swapped_to_rsa,
    "another key": lambda c: signed(c, "x" * 50),
    "an empty key": lambda c: f"{part({'alg': 'HS256'})}.{part(c)}.",
    "a key that the header brings": lambda c: jwt.encode(
        c, "x" * 50, headers={"jwk": {"kty": "oct", "k": "eHh4"}, "kid": "../../dev/null"}
    ),
    "expired": lambda c: signed(c | {"exp": int(time.time()) - 60}),
    "without an end": lambda c: signed({k: v for k, v in c.items() if k != "exp"}),
    "not yet good": lambda c: signed(c | {"nbf": int(time.time()) + 600}),
    "for another audience": lambda c: signed(c | {"aud": "other"}),
    "for no audience": lambda c: signed({k: v for k, v in c.items() if k != "aud"}),
    "of another issuer": lambda c: signed(c | {"iss": "other"}),
    "of no issuer": lambda c: signed({k: v for k, v in c.items() if k != "iss"}),
    "of another type": lambda c: signed(c | {"token_type": "sliding"}),
    "of no type": lambda c: signed({k: v for k, v in c.items() if k != "token_type"}),
    "of nobody": lambda c: signed(c | {"user_id": "00000000-0000-0000-0000-000000000000"}),
    "without a user": lambda c: signed({k: v for k, v in c.items() if k != "user_id"}),
    "without the password's mark": lambda c: signed(
        {k: v for k, v in c.items() if k != "hash_password"}
    ),
    "with other claims under the old signature": lambda c: tampered(signed(c), c | {"jti": "x"}),
    "a deep header": lambda c: f"{'W1tb' * 5000}.{part(c)}.eHh4",
    "no token at all": lambda c: "garbage",
    "two dots": lambda c: "..",
    "three words": lambda c: "a b c",
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_token_that_is_not_ours_is_a_401(
    api: Api, alice: User, forge: Callable[[dict[str, Any]], str]
) -> None:
    claims = claims_of(api.log_in(alice)["access"])
    assert api.send("/auth/me/", token=signed(claims)).status_code == 200
    response = api.send("/auth/me/", token=forge(claims))
    assert response.status_code == 401
    assert response.json()["success"] is False
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_refresh_token_is_no_access_token(api: Api, alice: User) -> None:
    assert api.send("/auth/me/", token=api.log_in(alice)["refresh"]).status_code == 401


def test_an_access_token_lives_ten_minutes_at_most(api: Api, alice: User) -> None:
    claims = claims_of(api.log_in(alice)["access"])
    assert 0 < claims["exp"] - claims["iat"] <= 600


def test_a_changed_password_ends_every_token(api: Api, alice: User) -> None:
    tokens = api.log_in(alice)
    alice.set_password("another password")
    alice.save()
    assert api.send("/auth/me/", token=tokens["access"]).status_code == 401
    refreshed = api.send("/auth/token/refresh/", {"refresh": tokens["refresh"]})
    assert refreshed.status_code == 401


def test_a_deactivated_user_is_out_at_once(api: Api, alice: User) -> None:
    tokens = api.log_in(alice)
    User.objects.update(is_active=False)
    assert api.send("/auth/me/", token=tokens["access"]).status_code == 401
    refreshed = api.send("/auth/token/refresh/", {"refresh": tokens["refresh"]})
    assert refreshed.status_code == 401


def test_a_deleted_user_is_out_at_once(api: Api, alice: User) -> None:
    tokens = api.log_in(alice)
    alice.delete()
    assert api.send("/auth/me/", token=tokens["access"]).status_code == 401
    refreshed = api.send("/auth/token/refresh/", {"refresh": tokens["refresh"]})
    assert refreshed.status_code == 401


def test_the_role_is_that_of_the_database_now(api: Api, alice: User) -> None:
    token = api.log_in(alice)["access"]
    assert "role" not in claims_of(token)
    for role in (Role.ADMIN, Role.CUSTOMER):
        User.objects.update(role=role)
        assert api.send("/auth/me/", token=token).json()["data"]["role"] == role


def test_a_role_in_the_token_is_ignored(api: Api, alice: User) -> None:
    claims = claims_of(api.log_in(alice)["access"])
    token = signed(claims | {"role": "ADMIN", "is_staff": True})
    assert api.send("/auth/me/", token=token).json()["data"]["role"] == "CUSTOMER"


def test_one_user_s_token_does_not_become_another_s(api: Api, alice: User) -> None:
    bob = make_user(password=PASSWORD + "2")
    claims = claims_of(api.log_in(alice)["access"])
    token = signed(claims | {"user_id": str(bob.pk)})  # even with our own key: the mark differs
    assert api.send("/auth/me/", token=token).status_code == 401
