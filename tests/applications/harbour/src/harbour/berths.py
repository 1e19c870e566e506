from flask import current_app

from .ships import Ship

_berths: dict[int, Ship] = {}


class Full(Exception):
    pass


def moor(ship: Ship) -> int:
    for number in range(current_app.config["BERTHS"]):
        if number not in _berths:
            _berths[number] = ship
            current_app.logger.info("%s moored at %s", ship.name, number)
            return number
    current_app.logger.error("No berth for %s", ship.name)
    raise Full(ship.name)
