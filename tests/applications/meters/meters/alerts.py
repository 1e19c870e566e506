import logging

from . import config

logger = logging.getLogger(__name__)


def check(name: str, value: float) -> bool:
    if value > config.LIMIT:
        logger.warning("%s is above %.0f, api_key=%s", name, config.LIMIT, "canary-key-44")
        return True
    return False
