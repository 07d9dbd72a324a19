"""Masks secrets and personal data in whatever is about to be logged (reliability rule R24)."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

MASK: Final = "[redacted]"
MAX_DEPTH: Final = 6

# A key that contains one of these, or is one of those, has its value masked whatever it is.
_KEY_PARTS: Final = re.compile(
    r"password|secret|token|authorization|cookie|signature|api_?key|email|phone|address|iban", re.I
)
_KEYS: Final = frozenset(
    {"first_name", "last_name", "full_name", "customer_name", "note", "notes", "card", "body"}
)

_SECRETS: Final = re.compile(
    r"\b(?:sk|rk)_\w+"  # Stripe's secret and restricted keys
    r"|\bwhsec_\w+"  # ... and its webhook signing secrets
    r"|\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)*"  # JSON Web Tokens
    r"|\bBearer\s+\S+",
    re.I,
)
_EMAIL: Final = re.compile(r"[^\s@<>\"'(),;:=]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_CARD_NUMBER: Final = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])")


def redact(value: Any, depth: int = 0) -> Any:
    """`value` with every secret inside it masked; containers are copied, never changed."""
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        if depth >= MAX_DEPTH:
            return MASK
        return {key: redact_item(key, item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return MASK if depth >= MAX_DEPTH else [redact(item, depth + 1) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact_text(str(value))


def redact_item(key: Any, value: Any, depth: int = 0) -> Any:
    """The value to log under `key`: masked whole where the key itself says it is private."""
    return MASK if _is_private(str(key)) else redact(value, depth)


def redact_text(text: str) -> str:
    """`text` with keys, tokens, e-mail addresses and card numbers masked."""
    text = _SECRETS.sub(MASK, text)
    if "@" in text:
        text = _EMAIL.sub(MASK, text)
    return _CARD_NUMBER.sub(_mask_card, text)


@lru_cache(maxsize=1024)
def _is_private(key: str) -> bool:
    return key.lower() in _KEYS or _KEY_PARTS.search(key) is not None


def _mask_card(match: re.Match[str]) -> str:
    # Only what passes the check digit is a card number; long ids and timestamps stay readable.
    digits = [int(character) for character in reversed(match[0]) if character.isdigit()]
    doubled = sum(sum(divmod(digit * 2, 10)) for digit in digits[1::2])
    return MASK if (sum(digits[::2]) + doubled) % 10 == 0 else match[0]
