"""Login for browsers: a session cookie, with CSRF."""

from typing import Any

from django.contrib.auth.views import LoginView
from django.http import HttpResponse

from accounts.forms import LoginForm


class LoginPage(LoginView):
    template_name = "accounts/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        if form.retry_after is not None:
            response.status_code = 429
            response["Retry-After"] = str(form.retry_after)
        return response
