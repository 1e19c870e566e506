import asyncio
import logging
import sys

from . import alerts, config, parser, reader, store

logger = logging.getLogger(__name__)


def read(line: str) -> None:
    name, value = parser.parse(line)
    store.keep(name, value)
    alerts.check(name, value)


async def main() -> None:
    for line in reader.lines():
        try:
            read(line)
        except ValueError:
            logger.exception("Cannot read %r", line)
        await asyncio.sleep(config.INTERVAL_S)


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stdout, level="INFO")
    asyncio.run(main())
