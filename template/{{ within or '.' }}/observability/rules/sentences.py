# Managed by the service template: change it there, or expect a merge on update.
"""Secrets in sentences and in the texts of errors."""

from typing import Any

_SAID = ("credential", "pass", "secret", "token", "dsn", "key")
_NAMED = r"""\b(?<!unexpected[ ]) (?:credentials?|passw(?:or)?d|passphrase|secret|token|dsn
    |(?:api|access|private)[ _-]?key)\s{1,3} (?:is\s)?"""

# Place, source, marks, hints, pattern; places.py tells what they mean.
ROWS: tuple[tuple[Any, ...], ...] = (
    (
        "quoted after its name, as in an error",
        "OWASP Logging Cheat Sheet, Data to exclude",
        "\"'`",
        _SAID,
        rf"""{_NAMED} (?P<quote>["'`])
        (?P<secret>(?=\S{{0,64}}(?:[0-9]|(?-i:[a-z][A-Z])))(?!\[)(?:(?!(?P=quote))\S){{8,}}+)""",
    ),
    (
        "after its name, if it looks random",
        "OWASP Logging Cheat Sheet, Data to exclude",
        "0",
        _SAID,
        rf"""{_NAMED} (?P<secret>(?=[^\s0-9]{{0,64}}[0-9])(?=[^\sa-z]{{0,64}}[a-z])
        (?=[\w!$%^&*+~@\#.-]{{8}})[^\s,;"'`()\[\]<>:=/]{{8,}}+(?![:=(/]))""",
    ),
    (
        *("arguments of a failed pipeline", "redis-py", "#", (" of pipeline caused error",)),
        r"""command\ \#\ \d++\ \(\w++[ ] (?P<secret>[\s\S]{1,400}?) \)\ of\ pipeline""",
    ),
    (
        *("input of a failed validation", "pydantic", "=", ("input_value=",)),
        r"""\[type=\w++, \ input_value=(?P<secret>.{1,400}?) (?=,\ input_type=|$)""",
    ),
)
