# Managed by the service template: change it there, or expect a merge on update.
"""Whose address a request comes from, behind proxies."""

from . import settings
from .addresses import parsed


def client_address(peer: str | None, forwarded_for: str) -> str | None:
    """The address of the client behind the proxies of FORWARDED_ALLOW_IPS.

    `forwarded_for` is the header X-Forwarded-For, to which each proxy appends whom it heard from.
    It is read from the right, for as long as the speaker is trusted: what a client wrote into it
    stands further left, and is never believed (RFC 7239, section 8.1).
    """
    if not forwarded_for:
        return peer
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    address = peer
    while hops and _trusted(address):
        address = _without_port(hops.pop())
    return address


def _trusted(address: str | None) -> bool:
    ip = parsed(address)
    return ip is not None and any(
        ip.version == network.version and ip in network
        for network in settings.current().forwarded_allow_ips
    )


def _without_port(hop: str) -> str:
    """`192.0.2.7` of `192.0.2.7:80`, `2001:db8::7` of `[2001:db8::7]:80`."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
