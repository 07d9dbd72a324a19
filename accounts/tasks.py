"""Jobs: they run in the worker."""

from django.conf import settings
from django.core.mail import send_mail
from django.core.management import call_command
from django.template.loader import render_to_string
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from accounts.models import User
from common.throttling import purge


@app.task(
    name="accounts.send_registration_mail",
    retry=RetryStrategy(max_attempts=6, exponential_wait=5),
)
def send_registration_mail(user_id: str, is_new: bool) -> None:
    """Welcome a new customer, or tell the owner of an account that someone tried to register it."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:  # erased meanwhile
        return
    context = {"user": user, "shop": settings.SHOP_NAME, "site_url": settings.SITE_URL}
    template = "welcome" if is_new else "already_registered"
    subject = "Welcome to {}" if is_new else "Your account at {}"
    body = render_to_string(f"accounts/mail/{template}.txt", context)
    send_mail(subject.format(settings.SHOP_NAME), body, None, [user.email])


@app.periodic(cron="17 3 * * *")
@app.task(name="accounts.remove_expired", queueing_lock="accounts.remove_expired")
def remove_expired(timestamp: int) -> None:
    """Delete tokens, sessions and rate limit windows that are over; every night."""
    purge()
    call_command("flushexpiredtokens")
    call_command("clearsessions")
