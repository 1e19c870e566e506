import logging

logger = logging.getLogger(__name__)


def parse(line: str) -> tuple[str, float]:
    name, _, value = line.partition("=")
    logger.debug("parsed %s", name)
    return name, float(value)
