"""What production must not start with, each with a sentence that says what to do."""

from collections.abc import Iterator

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured


def problems() -> Iterator[str]:
    """The reasons not to serve with the present settings; none in development."""
    if settings.ENVIRONMENT not in ("development", "production"):
        yield "RENTWELL_ENV must be 'development' or 'production'."
    if not settings.PRODUCTION:
        if settings.STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_")):
            yield (
                "STRIPE_SECRET_KEY is a live key: set RENTWELL_ENV=production, or use a test key."
            )
        return
    yield from _weak_secrets()
    yield from _open_doors()


def _weak_secrets() -> Iterator[str]:
    if settings.SECRET_KEY == settings.INSECURE_SECRET_KEY or len(settings.SECRET_KEY) < 50:
        yield "SECRET_KEY is missing or shorter than 50 characters: set a random one."
    if settings.INSECURE_CREDENTIAL_KEY in settings.CREDENTIAL_KEYS or not settings.CREDENTIAL_KEYS:
        yield (
            "CREDENTIAL_KEYS is missing: set it to the output of"
            " `python manage.py make_credential_key`."
        )
    if settings.STRIPE_SECRET_KEY and not settings.STRIPE_WEBHOOK_SECRET:
        yield (
            "STRIPE_WEBHOOK_SECRET is empty: copy the signing secret of the webhook endpoint from"
            " Stripe's dashboard."
        )


def _open_doors() -> Iterator[str]:
    if settings.DEBUG:
        yield "DEBUG is on: remove it from the environment."
    if "*" in settings.ALLOWED_HOSTS or not settings.ALLOWED_HOSTS:
        yield "ALLOWED_HOSTS must list the shop's own host names."
    if not settings.SITE_URL.startswith("https://"):
        yield "SITE_URL must be the shop's public https:// address."
    if not settings.SECURE_HSTS_SECONDS:
        yield "SECURE_HSTS_SECONDS is 0: remove it, or set a year (31536000)."


def refuse_unsafe_start() -> None:
    """Raise ImproperlyConfigured with every problem; called by the web server and the worker."""
    if found := list(problems()):
        raise ImproperlyConfigured("Rentwell does not start:\n- " + "\n- ".join(found))


@register(Tags.security, deploy=True)
def check_safety(**_: object) -> list[CheckMessage]:
    """The same sentences in `manage.py check --deploy`."""
    return [Error(text, id=f"rentwell.E{n:03}") for n, text in enumerate(problems(), 1)]
