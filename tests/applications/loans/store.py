import logging
from collections import defaultdict

log = logging.getLogger("loans.store")

_loans: dict[str, list[str]] = defaultdict(list)


def add(member: str, isbn: str) -> int:
    _loans[member].append(isbn)
    log.debug("%d loans of %s", len(_loans[member]), member)
    return len(_loans[member])


def of(member: str) -> list[str]:
    return list(_loans[member])
