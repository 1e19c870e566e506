import logging

import books
import config
import store

log = logging.getLogger(__name__)


class TooManyLoans(Exception):
    pass


def lend(member: str, isbn: str) -> int:
    if len(store.of(member)) >= config.MAX_LOANS:
        log.error("Member %s has too many loans", member)
        raise TooManyLoans(member)
    count = store.add(member, isbn)
    log.info("Lent %s to %s", isbn, member, extra={"loans": count})
    return count


def overdue(days: int) -> bool:
    return days > config.LOAN_DAYS


def title(isbn: str) -> str:
    book = books.find(isbn)
    return book.title if book else "?"
