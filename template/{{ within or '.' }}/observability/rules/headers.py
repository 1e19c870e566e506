# Managed by the service template: change it there, or expect a merge on update.
"""Secrets in URLs and in headers."""

from typing import Any

# Schemes of RFC 9110, section 11: those with one token, and those with a list of parameters.
_SCHEME = (
    "basic|bearer|token|apikey|api-key|negotiate|ntlm|key|jwt|dpop|bot|geniekey|ssws|splunk|"
    "sharedkey|sharedkeylite|zoho-oauthtoken|privatetoken|client-id"
)
_LISTING = "digest|hawk|oauth|signature|mac|aws4-[a-z0-9-]+|gnap|scram-sha-[0-9-]+|vapid|hoba"

_OPEN = r"""\s{0,3}[:=,]>?\s{0,3} (?:b?(?P<quote>\\*["']))?"""
_TO_QUOTE = r"(?:(?!(?P=quote))(?:\\.|[^\r\n]))++"
_TOKEN = r"""["']?(?:[^\s,;"'\\]|[,;](?=\S))++"""
_SCHEMED = r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,31}:(?:\\?/){2}"

# Place, source, marks, hints, pattern, marker; places.py tells what they mean. A quantifier that
# can meet the same character twice is bounded, possessive or kept by a look-behind from starting
# in the middle: the cost of a long hostile text stays linear.
ROWS: tuple[tuple[Any, ...], ...] = (
    (
        *("user and password in a URL", "RFC 3986, section 3.2.1", "@", ("",)),
        _SCHEMED + r"""(?!git@) (?P<secret>[^\s/?\#"'<>]{0,512}) @""",
        "***",
    ),
    (
        "password in a URL that should have been encoded",
        "redis-py, libpq, pymongo",
        "@",
        ("",),
        _SCHEMED
        + r"""(?P<secret>[^\s/?\#:@\[\]"'<>]{0,64}:(?!\d{1,5}(?:[^\w%@.-]|$))
        (?:(?!://)(?:[^\r\n"]|"(?![,:}\]\s]))){1,128}) @(?=[\w\[/.])""",
        "***",
    ),
    (
        *("user:password@host without a scheme", "go-sql-driver/mysql", "@", ("",)),
        r"""(?<![\w:/.%+@-]) (?P<secret>[\w.%+-]{1,64}+:[^\s@/"'<>,;=]{1,128})
        @(?!sha\d)(?=[\w-]++(?:\.[\w-]++){0,8}(?::\d|/|\()|\[)""",
        "***",
    ),
    (
        *("user and password in a URL in a URL", "RFC 3986, section 2.1", "%", ("%3a%2f%2f",)),
        r"%3a%2f%2f(?P<secret>(?:(?!%40|%2f)[^\s&\"'@]){1,512})%40",
        "***",
    ),
    (
        *("Authorization header", "RFC 9110, section 11.6.2", ":=,", ("authorization",)),
        rf"""authorization\\*["']? {_OPEN}
        (?!(?:denied|expired|failed|granted|missing|ok|required|skipped)\b)
        (?:(?:{_SCHEME})\s{{1,3}}|(?P<list>{_LISTING})\s)?
        (?P<secret>(?(quote) {_TO_QUOTE} | (?(list) (?:(?!\\[nr])[^\r\n])++
        | (?:[a-z][a-z-]{{1,20}}[ ](?![\w.-]+[=:]))?{_TOKEN})))""",
    ),
    (
        *("bearer token", "RFC 6750, section 2.1", "", ("bearer",)),
        r"""\b bearer[\s,]{1,3} (?![a-z_]{1,32}=[^=\s])
        (?P<secret>(?=\S{0,64}[0-9=]|[a-z]{24})[a-z0-9._~+/=-]{8,}+)""",
    ),
    (
        *("basic credentials", "RFC 7617, section 2", "0=", ("basic",)),
        r"\b basic\s{1,3} (?P<secret>(?=\S{0,64}[0-9=])[a-z0-9+/=]{8,}+)",
    ),
    (
        *("cookies", "RFC 6265, section 4", ":=,", ("cookie",)),
        rf"""\b cookie2?\\*["']? {_OPEN}
        (?P<secret>(?(quote) {_TO_QUOTE} | (?:[^\r\n"'\\]|(?<==)"[^\r\n"]*+")++))""",
    ),
    (
        *("signatures of a webhook", "Stripe", "=", ("signature",)),
        rf"""signature\\*["']?{_OPEN}(?P<secret>t=\d+,[^\s"']+)""",
    ),
    (
        *("parameter of a redirect", "RFC 6749, section 4.1.2", "=", ("code=",)),
        r"[?&]code=(?P<secret>[\w%/.~+-]{8,}+)",
    ),
    (
        *("key in a query", "Google Maps, OpenWeather", "=", ("key=", "appid=")),
        r"[?&](?:key|appid)=(?P<secret>[\w-]{30,}+)",
    ),
)
