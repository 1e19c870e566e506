# Managed by the service template: change it there, or expect a merge on update.
"""What never leaves the process: secrets and personal data, by name and by text."""

import re

from .rules.names import certainty, is_sensitive, stems
from .rules.own import own_patterns, redact_also
from .rules.personal import redact_personal
from .rules.places import HINTS, REDACTED
from .rules.shapes import BY_SIGN

__all__ = ["REDACTED", "is_sensitive", "redact", "redact_also", "shorten"]

OVERLAP = 512
"""Characters beyond the place of a cut that redaction sees, so that it knows what is cut there."""

SHORT = 13
"""Characters: no secret that is known by its shape alone is as short."""

_HEX = b"0123456789abcdef-"
_MOMENT = b"0123456789-:.+TZ "
_BREAKS = bytes.maketrans(b"/:,;=|&?\\\"'(){}[]<>", b" " * 19)

_NAMED = re.compile(
    r"""
    (?: (?<![\w.$<-]) | (?<=%[0-9a-f][0-9a-f]) )
    (?P<mark>[.$<-]*+) (?P<name>[a-z_][\w.$-]*+ (?:[ ](?:key|token|secret|password|code)\b)?)
    (?: :?\s{1,3} (?:str|string) \s{0,3}=\s{0,3}                              # typed
      | \\*["'`]?\]? \s{0,3} (?:is\s?)?(?:[:?+|!.]{0,3}=[>=]?|:|->|%3[ad]) \s{0,3}  # = := => :
      | \\*["']?[\s,]{1,12} \\*["']?value\\*["']? \s{0,3}[:=]\s{0,3}          # name: a, value: b
      | \\*["'] \s{0,3},\s{0,3} (?=b?\\*["'])                                  # 'name', 'value'
      | (?P<element>>)\s{0,12}                                              # <name>value
    )
    """,
    re.I | re.X,
)

# Behind a name: no secret but what says that there is none, that it is hidden, or what is wrong.
_NO_SECRET = re.compile(
    r"""(?: null|none|nil|true|false|undefined|unset|empty|required|missing|invalid|expired|changed
    | incorrect|unknown|must|should|cannot|not|is|was|has|yes|no|on|off|enabled|disabled|str|string
    | \*{3,} | [\[<(]?(?:redacted|filtered|masked|hidden|secure|removed)[\]>)]?
    ) (?![^\s,;&"'`<>)}\]\\])""",
    re.I | re.X,
)
_VALUE = re.compile(
    r"""
      (?:\w[\w.]{0,63}\()? b?(?P<quote>\\*["'`])
      (?P<quoted>(?:(?!(?P=quote))(?:\\.|[^\r\n])|(?P=quote){2})++)
    | (?P<bare> \[redacted\](?=\\[nrt])
              | (?: \[redacted\] | [^\s,;&"'`<>)}\]\\] | [>)}\]\\](?=[^\s,;&"'`<>)}\]\\])
                 | [,;&](?![\s"'`]|$|[\w.$-]{1,64}[=:]) )++)    # up to a separator
    """,
    re.X,
)


def redact(text: str) -> str:
    """`text` without what the tables know; idempotent, linear in its length."""
    for pattern in own_patterns():
        text = pattern.sub(REDACTED, text)
    raw = text.encode(errors="replace")  # whose translate() takes a tenth of the time of text's
    if not raw.translate(None, _MOMENT):
        return redact_personal(text)
    words = raw.translate(_BREAKS).split() if SHORT < len(raw) < 256 else [raw]
    if max(map(len, words), default=0) > SHORT:
        if not raw.translate(None, _HEX):
            return text
        for sign, prefixes in BY_SIGN:
            if sign in text:
                for prefix, pattern in prefixes:
                    if prefix in text:
                        text = pattern.sub(REDACTED, text)
    lowered = text.lower()
    for hint, place in HINTS:
        if hint in lowered:
            text = place.redact(text)
    if "=" in text or ":" in text or "," in text or ">" in text or "%3" in text or "alue" in text:
        for stem in stems():
            if stem in lowered:
                text = _redact_assigned(text)
                break
    return redact_personal(text)


def shorten(text: str, limit: int) -> str:
    """`text` redacted and at most `limit` characters; what crosses the cut was seen whole."""
    if len(text) <= limit + OVERLAP:
        return redact(text)[:limit]
    return redact(text[: limit + OVERLAP])[:-OVERLAP][:limit]


def _redact_assigned(text: str) -> str:
    """Replace what is assigned to a sensitive name, as in `key=value`, JSON, query, `API key: x`.

    OWASP Logging Cheat Sheet, Data to exclude.
    """
    parts, done = [], 0
    for found in _NAMED.finditer(text):
        if found.start() < done or (found["element"] and "<" not in found["mark"]):
            continue
        name, start = found["name"], found.end()
        # Of a header that keeps its scheme, places.py has taken the rest.
        sure = 0 if name.lower().endswith("authorization") else certainty(name)
        if text[found.start("name") - 1] == "\\" and found.start("name"):  # \n and not n
            sure = max(sure, certainty(name[1:]))
        value = _VALUE.match(text, start) if sure else None
        if not value or _is_harmless(text, value, sure):
            continue
        first, last = value.span(value.lastgroup or 0)
        parts += [text[done:first], REDACTED]
        done = last
    return "".join([*parts, text[done:]])


def _is_harmless(text: str, value: re.Match[str], sure: int) -> bool:
    shown = value[value.lastgroup or 0]
    whole = value.end() == len(text)
    if _NO_SECRET.fullmatch(shown) or (whole and REDACTED.startswith(shown)):
        return True
    if sure > 1:
        return False
    prose = text[value.start() - 2 : value.start()] == ": " and value["bare"]
    return "://" in shown or bool(prose and not any(map(str.isdigit, shown)))
