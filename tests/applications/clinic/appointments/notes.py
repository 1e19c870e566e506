import logging

logger = logging.getLogger("appointments.notes")

NOTES: list[tuple[str, str]] = []


def write(patient: str, text: str) -> None:
    NOTES.append((patient, text))
    logger.log(logging.INFO, "Note written", extra={"notes": len(NOTES)})
