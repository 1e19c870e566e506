# Managed by the service template: change it there, or expect a merge on update.
"""The order of versions, and what the changelog says of those between two."""

import re

from .problems import Refused

_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")
_HEADING = re.compile(r"^## ", re.MULTILINE)


def order_of(version: str) -> tuple[int, ...]:
    """What versions are sorted by; one that is no release is before all."""
    found = _VERSION.match(version)
    return tuple(map(int, found.groups())) if found else ()


def refuse_older(current: str, target: str) -> None:
    if order_of(target) < order_of(current):
        raise Refused(f"{target} is older than {current}, which the service has: name a newer one")


def changes_since(current: str, changelog: str) -> str:
    """The sections above that of the version which the service has."""
    _, *sections = _HEADING.split(changelog)
    newer = []
    for section in sections:
        if order_of(section) and order_of(section) <= order_of(current):
            break
        newer.append(section.strip())
    return "\n\n".join(newer)
