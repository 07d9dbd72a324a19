"""E-mail through whatever Django is set up with (EMAIL_URL, or a django-anymail backend)."""

from django.conf import settings
from django.core.mail import EmailMessage

from payments.channels.base import Message


def send_email(message: Message) -> None:
    """Send one e-mail. Raises OSError or smtplib.SMTPException when the server does not take it."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    EmailMessage(
        subject=message.subject,
        body=message.body,
        to=[message.to],
        # The same id on a repeat lets the receiving side drop it (matrix row D11).
        headers={"Message-ID": f"<{message.message_id}@{domain}>"},
    ).send()
