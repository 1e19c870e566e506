import logging

logger = logging.getLogger(__name__)

READINGS: dict[str, float] = {}


def keep(name: str, value: float) -> None:
    READINGS[name] = value
    logger.info("%s reads %.1f", name, value, extra={"meters": len(READINGS)})
