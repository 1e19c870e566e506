import logging

logger = logging.getLogger(__name__)

OPEN = range(8, 17)
_taken: set[int] = set()


def take(hour: int) -> bool:
    if hour not in OPEN or hour in _taken:
        logger.warning("Slot %d is not free", hour)
        return False
    _taken.add(hour)
    return True
