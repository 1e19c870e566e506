# Managed by the service template: change it there, or expect a merge on update.
"""Lines for people: aligned, in colour on a terminal, a traceback below its line."""

import logging
import os
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zlib import crc32

from .encoding import escape, fit
from .entries import entry_of
from .fields import IDS, SEALED, Entry
from .formatters import pair
from .heads import PROCESS
from .values import is_hexadecimal

MESSAGE_WIDTH = 25
"""Characters that a message is padded to, so that the fields of most lines begin in one column."""

LEVELS = {"DEBUG": "36", "INFO": "32", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}
BOLD, DIM = "1", "2"

_HUES = (33, 37, 65, 71, 98, 109, 130, 136, 139, 167, 172, 174)
"""Colours of 256 that can be read on a dark and on a light ground, and told from each other."""

_HIDDEN = {*PROCESS, "audit_head"} | SEALED - {"audit_lost"}
_HIDDEN |= frozenset("timestamp level logger message event trace_id span_id exception".split())
"""What is said elsewhere in the line, or is for machines."""

_OF_GROUP = re.compile(r" *\| ")
_HEADINGS = (
    *("Traceback (most recent call last):", "+ Exception Group Traceback", "+-"),
    *("The above exception was the direct cause", "During handling of the above exception"),
)
"""What begins a traceback, joins two, or stands between the members of a group."""

_STANDARD = __package__.replace(".", r"[/\\]")
_SERVICE = __package__.partition(".")[0]
_NOT_OURS = re.compile(
    rf"""
    (?<!tests)[/\\"]{_STANDARD}[/\\]                 # the standard
    | (site|dist)-packages[/\\](?!{_SERVICE}[/\\])   # libraries
    | /lib/python3[^/]*/(?!(site|dist)-packages/)    # Python
    | \\Lib\\(?!site-packages\\)                     # Python on Windows
    | "<frozen\ """,
    re.VERBOSE,
)
"""Files that are not the service's own, on whichever machine the error was."""


class ConsoleFormatter(logging.Formatter):
    """Time, level, message, dimmed fields and logger; below it a traceback, own frames bright."""

    def __init__(self, *, colour: bool) -> None:
        super().__init__()
        self.colour = colour
        self._here = _here()

    @classmethod
    def of_stdout(cls) -> "ConsoleFormatter":
        """In colour on a terminal, or with FORCE_COLOR; never with NO_COLOR."""
        wanted = os.environ.get("FORCE_COLOR") or (sys.stdout and sys.stdout.isatty())
        return cls(colour=bool(wanted) and not os.environ.get("NO_COLOR"))

    def format(self, record: logging.LogRecord) -> str:
        """The local time of day, then the entry; of long ids the last eight digits."""
        return fit(entry_of(record), self.shape)

    def shape(self, entry: Entry) -> str:
        """The same of an entry, which may come from a line of JSON."""
        clock = datetime.fromisoformat(entry["timestamp"]).astimezone().strftime("%H:%M:%S.%f")[:-3]
        level = LEVELS.get(entry["level"], "0")
        line = (
            f"{self._paint(DIM, clock)} "
            f"{self._paint(level, entry['level'].ljust(8))} "
            f"{self._paint(BOLD, escape(entry['message']).ljust(MESSAGE_WIDTH))}  "
            f"{' '.join(self._fields(entry))}"
        )
        return line + "".join(f"\n    {part}" for part in self._traceback(entry, level))

    def _fields(self, entry: Entry) -> Iterator[str]:
        for name, value in entry.items():
            # The last line of a traceback says what the error says.
            if name not in _HIDDEN and not (name == "error_message" and entry.get("exception")):
                code = _hue(value) if name in IDS else DIM
                yield self._paint(code, pair(name, _short(name, value)))
        yield self._paint(DIM, f"[{escape(entry['logger'])}]")

    def _traceback(self, entry: Entry, level: str) -> Iterator[str]:
        """Its lines; files below the working directory are named from there."""
        code, is_said = DIM, False
        for line in entry.get("exception", "").splitlines():
            text = _OF_GROUP.sub("", line, count=1)
            if text.lstrip().startswith(_HEADINGS):
                code, is_said = DIM, False
            elif is_said:
                pass  # an exception may say more than a line
            elif text.startswith('  File "'):
                line = line.replace(self._here, '"')
                code = DIM if _NOT_OURS.search(line) else BOLD
            elif not text.startswith(" "):
                code, is_said = level, True
            elif not text.startswith("    "):  # no source line of the frame above
                code = DIM
            yield self._paint(code, escape(line))

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text


def _here() -> str:
    """How the names of files below the working directory begin in a traceback."""
    try:
        return f'"{os.getcwd()}{os.sep}'
    except FileNotFoundError:  # somebody removed it
        return '"\0'


def _short(name: str, value: Any) -> Any:
    """The end of an id made by machine: what is made by time begins alike (RFC 9562, version 7)."""
    is_long = name in IDS and isinstance(value, str) and len(value) > 16
    return value[-8:] if is_long and is_hexadecimal(value) else value


def _hue(value: object) -> str:
    """The colour that an id has in each of its lines, whichever process writes them."""
    return f"38;5;{_HUES[crc32(str(value).encode()) % len(_HUES)]}"
