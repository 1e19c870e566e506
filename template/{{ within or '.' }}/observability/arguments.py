# Managed by the service template: change it there, or expect a merge on update.
"""The message of a LogRecord: its template, with the %-arguments in it where they fit."""

import logging
import re

from .values import MAX_TEXT, plain, text_of

_WIDE = re.compile(r"%(?:\([^()%]*\))?[-#0 +]*(?:\*|\d{5}|(?:\*|\d*)\.(?:\*|\d{5}))")
_BYTES = (bytes, bytearray, memoryview)


def message_of(record: logging.LogRecord) -> str:
    """The message with its %-arguments, or without them where they do not fit.

    Neither is a template formatted that is longer than what is kept of it, nor one that asks for
    thousands of characters of padding: `%1000000000d` is a gigabyte.
    """
    template = record.msg
    if not isinstance(template, str):
        template = plain(template) if isinstance(template, _BYTES) else text_of(template)
    if not record.args or len(template) > MAX_TEXT:
        return template
    if _WIDE.search(template) and _is_too_wide(template, record.args):
        return template
    try:
        return template % record.args
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - wrong arguments, or a stranger's __str__
        return template


def _is_too_wide(template: str, args: object) -> bool:
    given = args if isinstance(args, tuple) else ()
    large = any(type(value) is int and abs(value) > MAX_TEXT for value in given)
    return any(large or "*" not in spec[0] for spec in _WIDE.finditer(template))
