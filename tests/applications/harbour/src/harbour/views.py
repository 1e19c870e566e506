from flask import Blueprint, current_app, request

from . import berths, tides
from .ships import Ship

views = Blueprint("views", __name__)


@views.post("/ships/<name>")
def moor(name: str) -> tuple[dict[str, int | str], int]:
    length = int(request.args.get("length", "50"))
    if not tides.allows(length):
        current_app.logger.warning("%s is too long, password=%s", name, request.args.get("password"))
        return {"error": "too long"}, 400
    return {"berth": berths.moor(Ship(name, length))}, 200
