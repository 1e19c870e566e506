import itertools
from collections.abc import Iterator


def lines() -> Iterator[str]:
    for number in itertools.count(1):
        yield f"meter-{number % 3}={number * 40 % 130}" if number != 2 else "meter-2=broken"
