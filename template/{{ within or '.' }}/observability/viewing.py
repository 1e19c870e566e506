# Managed by the service template: change it there, or expect a merge on update.
"""Lines of JSON as a person reads them: `python -m <package>.observability show`."""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .console import ConsoleFormatter

PAUSE_S = 0.2
"""Between two looks at a file that is followed."""


def show(path: str, follow: bool) -> None:
    """Write each line of the file, or of standard input (`-`), to stdout as the console shows it.

    A line that is no record is written as it came. `follow` waits for more, of the file that has
    the name by then. Raises OSError where the file cannot be read.
    """
    formatter = ConsoleFormatter.of_stdout()
    for line in _lines(path, follow):
        sys.stdout.buffer.write(shown(line, formatter))
        sys.stdout.buffer.flush()


def shown(line: bytes, formatter: ConsoleFormatter) -> bytes:
    """What the console has in the place of that line."""
    try:
        return f"{formatter.shape(json.loads(line))}\n".encode()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return line  # it is JSON of somebody else, or none


def _lines(path: str, follow: bool) -> Iterator[bytes]:
    if path == "-":
        yield from sys.stdin.buffer
    elif follow:
        while True:
            with Path(path).open("rb") as file:
                yield from followed(Path(path), file)
    else:
        with Path(path).open("rb") as file:
            yield from file


def followed(path: Path, file: BinaryIO) -> Iterator[bytes]:
    """Lines of the file as they come, until the name has another one."""
    begun, moved = b"", False
    while not moved:
        moved = _has_moved(path, file)  # before the last of it is read
        while part := file.readline():
            begun += part
            if begun.endswith(b"\n"):
                yield begun
                begun = b""
        if not moved:
            time.sleep(PAUSE_S)
    yield begun


def _has_moved(path: Path, file: BinaryIO) -> bool:
    """Whether the name has another file, as after a rotation, or this one was emptied."""
    try:
        now, here = path.stat(), os.fstat(file.fileno())
    except FileNotFoundError:
        return False
    return now.st_ino != here.st_ino or now.st_size < file.tell()
