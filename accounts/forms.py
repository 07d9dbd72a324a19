"""The login form of the pages and that of the admin; both count failed attempts."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from unfold.forms import AuthenticationForm as UnfoldAuthenticationForm

from accounts.services import check_login
from common.errors import TooManyRequests

if TYPE_CHECKING:
    _Base = AuthenticationForm
else:
    _Base = object


class LimitedLogin(_Base):
    """Puts the rate limits of `check_login` before Django's own check."""

    retry_after: int | None = None

    def clean(self) -> dict[str, Any]:
        email, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if email and password:
            self.user_cache = self._checked(email, password)
            if self.user_cache is None:
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data

    def _checked(self, email: str, password: str) -> Any:
        try:
            return check_login(cast(HttpRequest, self.request), email=email, password=password)
        except TooManyRequests as error:
            self.retry_after = error.retry_after
            raise ValidationError(error.message, code="throttled") from error


class LoginForm(LimitedLogin, AuthenticationForm):
    pass


class AdminLoginForm(LimitedLogin, UnfoldAuthenticationForm):  # type: ignore[misc]
    pass
