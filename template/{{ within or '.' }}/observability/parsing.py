# Managed by the service template: change it there, or expect a merge on update.
"""How the text of an environment variable becomes a value; a ValueError says what is allowed."""

import ipaddress
import logging
import re
from collections.abc import Callable

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def choice(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in allowed:
            raise ValueError(f"is not allowed; use one of {', '.join(allowed)}")
        return text.lower()

    return parse


def number(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text[:12]) <= high):
            raise ValueError(f"is not allowed; use a whole number from {low} to {high}")
        return int(text)

    return parse


def level(text: str) -> int:
    if text.strip().upper() not in LEVELS:
        raise ValueError(f"is not a level; use one of {', '.join(LEVELS)}")
    return int(getattr(logging, text.strip().upper()))


def levels(text: str) -> dict[str, int]:
    pairs = [item.partition("=") for item in text.split(",") if item.strip()]
    if not all(name.strip() and equals for name, equals, _ in pairs):
        raise ValueError("is not a list of levels; use name=LEVEL,other.name=LEVEL")
    return {name.strip(): level(value) for name, _, value in pairs}


def paths(text: str) -> frozenset[str]:
    given = frozenset(path.strip() for path in text.split(",") if path.strip())
    if not all(path.startswith("/") for path in given):
        raise ValueError("is not a list of paths; use /one,/two")
    return given


def key(text: str) -> bytes:
    if 0 < len(text) < 16:
        raise ValueError("is too short; use 16 characters or more")
    return text.encode()


def version(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._+-]{0,64}", text):
        raise ValueError("is no version; use 1 to 64 of letters, digits, `.`, `_`, `+` and `-`")
    return text


def address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError("is not an address; use 127.0.0.1, or 0.0.0.0 in a container") from None


def networks(text: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError("is not a list of networks; use 10.0.0.0/8,192.0.2.7") from None


def stream_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._:-]{1,128}", text):
        raise ValueError("is not a name; use 1 to 128 of letters, digits, `.`, `_`, `:` and `-`")
    return text
