from dataclasses import dataclass


@dataclass(frozen=True)
class Message:
    """A rendered message. `message_id` is the same for every attempt, so a repeat can be seen."""

    message_id: str
    to: str
    subject: str
    body: str
