import logging

from fastapi import FastAPI, Header, HTTPException

import books
import lending
import members
import reminders

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
log = logging.getLogger(__name__)

app = FastAPI(title="Loans")


@app.post("/loans/{isbn}")
def lend(isbn: str, member: str = Header(), token: str = Header()) -> dict[str, int | str]:
    if not members.check(member, token):
        raise HTTPException(403)
    if books.find(isbn) is None:
        raise HTTPException(404)
    try:
        return {"title": lending.title(isbn), "loans": lending.lend(member, isbn)}
    except lending.TooManyLoans:
        log.exception("Could not lend")
        raise HTTPException(409) from None


@app.get("/reminders/{member}")
def remind(member: str, days: int = 0) -> dict[str, str]:
    return {"state": reminders.remind(member, days)}
