# Managed by the service template: change it there, or expect a merge on update.
"""The table of places where a secret of any shape stands: URLs, headers, commands, errors."""

import re
from dataclasses import dataclass

REDACTED = "[redacted]"

# Schemes of RFC 9110, section 11: those with one token, and those with a list of parameters.
_SCHEME = (
    "basic|bearer|token|apikey|api-key|negotiate|ntlm|key|jwt|dpop|bot|geniekey|ssws|splunk|"
    "sharedkey|sharedkeylite|zoho-oauthtoken|privatetoken|client-id"
)
_LISTING = "digest|hawk|oauth|signature|mac|aws4-[a-z0-9-]+|gnap|scram-sha-[0-9-]+|vapid|hoba"

_OPEN = r"""\s{0,3}[:=,]>?\s{0,3} (?:b?(?P<quote>\\*["']))?"""
_TO_QUOTE = r"(?:(?!(?P=quote))(?:\\.|[^\r\n]))++"
_TOKEN = r"""["']?(?:[^\s,;"'\\]|[,;](?=\S))++"""
_WORD = r"""(?P<quote>["'`])?(?P<secret>(?(quote)(?:(?!(?P=quote))[^\r\n])++|[^\s"'`]++))"""
_SCHEMED = r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,31}:(?:\\?/){2}"


@dataclass(frozen=True)
class Place:
    """A place, and the standard or program that it is from; the group `secret` is replaced.

    The pattern is tried where one of the hints is in the text, in lower case.
    """

    name: str
    source: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    marker: str

    def redact(self, text: str) -> str:
        """`text` with the marker where a secret stands."""
        return self.pattern.sub(self._replace, text)

    def _replace(self, found: re.Match[str]) -> str:
        whole, start = found[0], found.start()
        first, last = found.span("secret")
        return whole[: first - start] + self.marker + whole[last - start :]


# A quantifier that can meet the same character twice is bounded, possessive or kept by a
# look-behind from starting in the middle: the cost of a long hostile text stays linear.
PLACES = tuple(
    Place(name, source, hints, re.compile(pattern, re.I | re.X), *(marker or [REDACTED]))
    for name, source, hints, pattern, *marker in (
        (
            *("user and password in a URL", "RFC 3986, section 3.2.1", ("@",)),
            _SCHEMED + r"""(?!git@) (?P<secret>[^\s/?\#"'<>]{0,512}) @""",
            "***",
        ),
        (
            "password in a URL that should have been encoded",
            "redis-py, libpq, pymongo",
            ("@",),
            _SCHEMED
            + r"""(?P<secret>[^\s/?\#:@\[\]"'<>]{0,64}:(?!\d{1,5}(?:[^\w%@.-]|$))
            (?:(?!://)(?:[^\r\n"]|"(?![,:}\]\s]))){1,128}) @(?=[\w\[/.])""",
            "***",
        ),
        (
            *("user:password@host without a scheme", "go-sql-driver/mysql", ("@",)),
            r"""(?<![\w:/.%+@-]) (?P<secret>[\w.%+-]{1,64}+:[^\s@/"'<>,;=]{1,128})
            @(?!sha\d)(?=[\w-]++(?:\.[\w-]++){0,8}(?::\d|/|\()|\[)""",
            "***",
        ),
        (
            *("Authorization header", "RFC 9110, section 11.6.2", ("authorization",)),
            rf"""authorization\\*["']? {_OPEN} (?:(?:{_SCHEME})\s{{1,3}}|(?P<list>{_LISTING})\s)?
            (?P<secret>(?(quote) {_TO_QUOTE} | (?(list) (?:(?!\\[nr])[^\r\n])++
            | (?:[a-z][a-z-]{{1,20}}[ ](?![\w.-]+[=:]))?{_TOKEN})))""",
        ),
        (
            *("bearer token", "RFC 6750, section 2.1", ("bearer",)),
            r"\b bearer\s{1,3} (?P<secret>(?=\S{0,64}[0-9=]|[a-z]{24})[a-z0-9._~+/=-]{8,}+)",
        ),
        (
            *("basic credentials", "RFC 7617, section 2", ("basic",)),
            r"\b basic\s{1,3} (?P<secret>(?=\S{0,64}[0-9=])[a-z0-9+/=]{8,}+)",
        ),
        (
            *("cookies", "RFC 6265, section 4", ("cookie",)),
            rf"""\b cookie2?\\*["']? {_OPEN}
            (?P<secret>(?(quote) {_TO_QUOTE} | (?:[^\r\n"'\\]|(?<==)"[^\r\n"]*+")++))""",
        ),
        (
            *("user and password of a command", "curl(1)", ("curl",)),
            rf"(?<!\S)(?:-u|-U|--user|--proxy-user)(?:=|\s{{0,3}})(?=\S*:)(?:{_WORD})",
        ),
        (
            "password of a command",
            "redis-cli(1), mysql(1), sshpass(1)",
            ("redis-cli", "sshpass", "mysql"),
            rf"\b(?:redis-cli\b[^\r\n]{{0,99}}?\s-a\s|(?:sshpass\s-|mysql\w{{0,9}}\b[^\r\n]{{0,99}}?\s-)"
            rf"p\s?)(?:{_WORD})",
        ),
        (
            *("option of a command", "POSIX, utility conventions", ("--",)),
            r"(?<![\w-])--[a-z-]{0,32}(?:password|passphrase|passwd|token|secret|(?:api|access)-?key)"
            rf"\s{{1,3}}(?!-)(?:{_WORD})",
        ),
        (
            *("AUTH, HELLO", "Redis, RFC 4954", ("auth ",)),
            r"""\b(?-i:AUTH)\s{1,3} (?P<secret>(?!<|(?:called|command|error|failed|is|not|ok)\b)
            [^\s"',]++ (?:[ ](?=(?-i:\S*[0-9A-Z]))[^\s"',=:]++)?)""",
        ),
        (
            "password of a database or of Redis",
            "SQL CREATE USER, redis.conf",
            ("identified", "requirepass", "masterauth"),
            rf"\b(?:identified\s+by(?:\s+password)?|requirepass|masterauth)\s{{1,3}}(?:{_WORD})",
        ),
        (
            "quoted after its name, as in an error",
            "OWASP Logging Cheat Sheet, Data to exclude",
            ("credential", "passw", "passphrase", "secret", "token", "dsn", "key"),
            r"""\b(?<!unexpected[ ]) (?:credentials?|passw(?:or)?d|passphrase|secret|token|dsn
            |(?:api|access|private)[ _-]?key)\s{1,3} (?:is\s)?(?P<quote>["'`])
            (?P<secret>(?=\S{0,64}(?:[0-9]|(?-i:[a-z][A-Z])))(?!\[)(?:(?!(?P=quote))\S){8,}+)""",
        ),
        (
            *("arguments of a failed pipeline", "redis-py", (" of pipeline caused error",)),
            r"""command\ \#\ \d++\ \(\w++[ ] (?P<secret>[\s\S]{1,400}?) \)\ of\ pipeline""",
        ),
        (
            *("input of a failed validation", "pydantic", ("input_value=",)),
            r"""\[type=\w++, \ input_value=(?P<secret>.{1,400}?) (?=,\ input_type=|$)""",
        ),
    )
)

HINTS = tuple((hint, place) for place in PLACES for hint in place.hints)
