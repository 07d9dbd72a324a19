"""How messages leave the house: channel -> the function that sends one."""

from payments.channels.base import Message
from payments.channels.email import send_email

CHANNELS = {"EMAIL": send_email}

__all__ = ["CHANNELS", "Message"]
