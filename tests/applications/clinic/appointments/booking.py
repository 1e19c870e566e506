import logging

from . import notes, slots

logger = logging.getLogger(__name__)


class NotFree(Exception):
    pass


def book(patient: str, hour: int) -> int:
    if not slots.take(hour):
        raise NotFree(hour)
    logger.info("Booked %(hour)d for %(patient)s", {"hour": hour, "patient": patient})
    notes.write(patient, f"hour {hour}")
    return hour
