import logging

import lending

log = logging.getLogger(__name__)


def remind(member: str, days: int) -> str:
    if lending.overdue(days):
        log.warning("Loan of %s is overdue by %d days", member, days)
        return "overdue"
    return "fine"
