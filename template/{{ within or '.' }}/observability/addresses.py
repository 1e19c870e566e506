# Managed by the service template: change it there, or expect a merge on update.
"""A client's address, and how much of it a line may show."""

import hashlib
import hmac
import ipaddress
import secrets
from functools import lru_cache

from . import settings

LONGEST = 64
"""Characters of an address, an IPv6 scope included; what is longer is none."""

REMEMBERED = 1024
"""Addresses whose shown form is kept: a client has many requests."""

_PROCESS_KEY = secrets.token_bytes(16)


def parsed(address: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    return getattr(ip, "ipv4_mapped", None) or ip  # of a client whose server listens on `::`


def shown_address(address: str | None) -> str | None:
    """A client's address as LOG_IP_POLICY allows it; what is no address is not shown at all.

    A hash without a key is reversible, for there are only so many addresses: IP_HASH_KEY makes it
    one of this service, and where it is unset, of this process.
    """
    if address is None or len(address) > LONGEST:
        return None
    chosen = settings.current()
    return _shown(address, chosen.log_ip_policy, chosen.ip_hash_key or _PROCESS_KEY)


@lru_cache(REMEMBERED)
def _shown(address: str, policy: str, key: bytes) -> str | None:
    ip = parsed(address)
    if ip is None:
        return None
    if policy == "full":
        return str(ip)
    if policy == "hash":
        return hmac.new(key, ip.packed, hashlib.sha256).hexdigest()[:16]
    hidden_bits = 32 - 24 if ip.version == 4 else 128 - 48
    return str(type(ip)(int(ip) >> hidden_bits << hidden_bits))
