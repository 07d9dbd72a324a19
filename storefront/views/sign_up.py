"""/register/ : open an account."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.services import register
from common.errors import TooManyRequests
from storefront.forms import SignUpForm

# The same words for an address that has an account already (matrix row F06).
REGISTERED = "Thank you. You can sign in now; we have also sent you an e-mail."


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up_page(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("home")
    form = SignUpForm(request.POST) if request.method == "POST" else SignUpForm()
    status = 200
    if form.is_valid():
        try:
            register(request, **form.cleaned_data)
        except TooManyRequests as error:
            form.add_error(None, error.message)
            status = 429
        else:
            messages.success(request, REGISTERED)
            return redirect("login")
    return render(request, "storefront/sign_up.html", {"form": form}, status=status)
