from flask import current_app


def allows(length: int) -> bool:
    current_app.logger.debug("Tide is asked for %d m", length)
    return length < 300
