# Managed by the service template: change it there, or expect a merge on update.
"""What is assigned to a sensitive name, in the syntaxes of code, data and configuration."""

import re

from .late import late
from .names import certainty
from .places import REDACTED

JUDGED = 256
"""Characters: a longer value is no harmless one; what is kept is looked at again from inside."""

_NAMED = re.compile(
    r"""
    (?!(?<=\d:)secret:)                                                  # the ARN of a secret
    (?: (?<![\w.$<-]) | (?<=%[0-9a-f][0-9a-f]) )
    (?P<given>(?=--?[a-z]) | (?<=\bset[ ]) | (?<=\benv[ ]) | (?<=/:))?      # --name value
    (?P<attribute>(?<=key=")|(?<=name="))?
    (?P<mark>[.$<-]*+) (?P<name>[a-z_][\w.$-]*+ (?:[ ](?:key|token|secret|password|code)\b)?)
    (?:[ ](?:provided|given))?
    (?: (?::\s{1,3}[\w.\[\]|]{1,40} | :?\s{0,3}str(?:ing)?) \s{0,3}=\s{0,3} (?=b?\\*["'`])  # typed
      | (?:\[\\*["'`]?(?P<index>[\w.-]{1,64}))? \\*["'`]?\]? \s{0,3} (?:is\s?)?
        (?:[:?+|!.]{0,3}=[>=]?|:|->|\|\||%3[ad]) \s{0,3}                     # = := => : ||
        (?:!!?[a-z]{2,12}[ ])? (?:[|>][+-]?\s?(?:\n|\\n)\s{1,20})?            # YAML
      | \\*["']?[\s,]{1,12} \\*["']?value\\*["']? \s{0,3}[:=]\s{0,3}          # name: a, value: b
      | \\*["'] \s{0,3},\s{0,3} (?=b?\\*["'])                                  # 'name', 'value'
      | (?P<element>>)\s{0,12}                                              # <name>value
      | (?(attribute)"\s?>\s{0,12}|(?!))                                       # <a name="...">value
      | (?(given)\s{1,3}(?![\s=:-])|(?!))
    )
    """,
    re.I | re.X,
)

# Behind a name: no secret but what says that there is none, that it is hidden, or what is wrong.
_NO_SECRET = late(
    r"""(?: null|none|nil|true|false|undefined|unset|empty|required|missing|invalid|expired|changed
    | incorrect|unknown|must|should|cannot|not|is|was|has|yes|no|on|off|enabled|disabled|str|string
    | ok|valid|denied|granted|failed|sent|accepted|rejected|refused|revoked|rotated|refreshed
    | provided|present|absent|loaded|field|option|flag|argument|to|for|and|or
    | \?|%s|:\w+|\$\d+ | \*{3,} | [\[<(]?(?:redacted|filtered|masked|hidden|secure|removed)[\]>)]?
    ) (?![^\s,;&"'`<>)}\]\\])""",
    re.I | re.X,
)
_RANDOM = late(r"(?=\D{0,99}\d)(?=[^a-z]{0,99}[a-z])[\w+/=.~-]{14,}", re.I)
_STRING_OF_MANY = late(r"://|\b(?:password|pwd)\s{0,3}=", re.I)
_VALUE = late(
    r"""
      (?:\w[\w.]{0,63}\()? b?(?P<quote>\\*["'`])
      (?P<quoted>(?:(?!(?P=quote))(?:\\.|[^\r\n])|(?P=quote){2})++)
    | (?P<bare> \[redacted\](?=\\[nrt])
              | (?: \[redacted\] | [^\s,;&"'`<>)}\]\\] | [>)}\]\\](?=[^\s,;&"'`<>)}\]\\])
                 | [,;&](?![\s"'`]|$|[\w.$-]{1,64}[=:]) )++)    # up to a separator
    """,
    re.X,
)


def redact_assigned(text: str) -> str:
    """Replace what is assigned to a sensitive name, as in `key=value`, JSON, query, `API key: x`.

    OWASP Logging Cheat Sheet, Data to exclude.
    """
    parts, done, place = [], 0, 0
    while found := _NAMED.search(text, place):
        place = found.end()
        if found["element"] and "<" not in found["mark"]:
            continue
        name, start = found["name"], found.end()
        # Of a header that keeps its scheme, places.py has taken the rest.
        sure = 0 if name.lower().endswith("authorization") else certainty(name)
        if found["index"]:
            sure = max(sure, certainty(found["index"]))
        if text[found.start("name") - 1] == "\\" and found.start("name"):  # \n and not n
            sure = max(sure, certainty(name[1:]))
        value = _VALUE().match(text, start, start + JUDGED) if sure else None
        if not value or _is_harmless(text, value, sure):
            continue
        if value.end() == start + JUDGED:
            value = _VALUE().match(text, start) or value
        first, last = value.span(value.lastgroup or 0)
        parts += [text[done:first], REDACTED]
        done = place = last
    return "".join([*parts, text[done:]])


def _is_harmless(text: str, value: re.Match[str], sure: int) -> bool:
    shown = value[value.lastgroup or 0]
    if value.end() == value.endpos < len(text):
        return False
    whole = value.end() == len(text)
    if _NO_SECRET().fullmatch(shown) or (whole and REDACTED.startswith(shown)):
        return True
    if sure > 2:
        return len(shown) < 3 and shown.isdigit()  # a count: no code is as short
    if sure < 2:
        return not _RANDOM().fullmatch(shown)
    prose = text[value.start() - 2 : value.start()] == ": " and value["bare"]
    few = len(shown) < 3 or (prose and not any(map(str.isdigit, shown)))
    return bool(few or _STRING_OF_MANY().search(shown))
