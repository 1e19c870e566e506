import logging

from pydantic import BaseModel

log = logging.getLogger(__name__)


class Book(BaseModel):
    isbn: str
    title: str


SHELF = {
    "978-1": Book(isbn="978-1", title="Timber Framing"),
    "978-2": Book(isbn="978-2", title="Joints and Pegs"),
}


def find(isbn: str) -> Book | None:
    book = SHELF.get(isbn)
    if book is None:
        log.warning("No book %s on the shelf", isbn)
    return book
