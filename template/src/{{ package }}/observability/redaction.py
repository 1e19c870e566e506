# Managed by the service template: change it there, or expect a merge on update.
"""What never leaves the process: secrets by field name and by the shape of their text."""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

REDACTED = "[redacted]"

SENSITIVE_NAMES = frozenset(
    "apikey authorization bearer cookie cookies credential credentials cvc cvv jwt otp pass "
    "passcode passphrase passwd password passwords pwd secret secrets ssn token "
    "access-key account-key api-key audit-key auth-key client-key connection-string encryption-key "
    "hash-key hmac-key license-key master-key private-key secret-key service-key set-cookie "
    "shared-key signing-key webhook-key".split()
)
"""One or two segments of a name, in any case style; the plural `tokens` is a count, not a token."""

HARMLESS_ENDINGS = frozenset(
    "age at attempts bytes count enabled expires expiry fingerprint id ids kind len length limit "
    "name policy required size status ttl type usage used valid version".split()
)
"""What a name ends with when it describes a secret without being one: `api_key_id`."""

_SEGMENT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@lru_cache(maxsize=2048)
def is_sensitive(name: str) -> bool:
    """Judge a field name by its segments: `dbPassword`, `X-Api-Key` and `refresh_token` are secret.

    Names beyond 256 characters are judged by their first 256 (standard: What NOT to Log).
    """
    segments = [segment.lower() for segment in _SEGMENT.findall(name[:256])]
    if not segments or segments[-1] in HARMLESS_ENDINGS:
        return False
    pairs = [f"{first}-{second}" for first, second in pairwise(segments)]
    return not SENSITIVE_NAMES.isdisjoint(segments + pairs)


@dataclass(frozen=True, slots=True)
class Rule:
    """One shape of secret; `hint` is tried first, since a pattern costs far more than `in`."""

    name: str
    source: str
    hint: str
    pattern: re.Pattern[str]
    replacement: str


# Every quantifier that can meet the same character twice is bounded or anchored by a look-behind:
# the cost of a long hostile text stays linear.
RULES = (
    Rule(
        "password in a URL",
        "RFC 3986, section 3.2.1",
        "://",
        re.compile(
            r"(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{0,31}://)(?!git@)[^\s/?#\"'<>]{0,512}@", re.I
        ),
        r"\1***@",
    ),
    Rule(
        "credentials of a header",
        "RFC 9110, section 11.6.2",
        "authorization",
        re.compile(
            r"(authorization\\?[\"']?\s{0,3}[:=]\s{0,3}\\?[\"']?)(?!\[redacted\])"
            r"(?:(?:basic|bearer|digest|token|apikey|negotiate)\s{1,3})?[^\s\"'\\,;]+",
            re.I,
        ),
        rf"\1{REDACTED}",
    ),
    Rule(
        "bearer token",
        "RFC 6750, section 2.1",
        "bearer",
        re.compile(r"\b(bearer\s{1,3})(?=[^\s]{0,64}[0-9._-])[a-z0-9._~+/=-]{8,}", re.I),
        rf"\1{REDACTED}",
    ),
    Rule(
        "cookies of a header",
        "RFC 6265, section 4",
        "cookie",
        re.compile(r"\b((?:set-)?cookie\\?[\"']?\s{0,3}[:=]\s{0,3}\\?[\"']?)[^\r\n\"'\\]+", re.I),
        rf"\1{REDACTED}",
    ),
)

_ASSIGNMENT = re.compile(
    r"""(?<![\w-]) (?P<name>[a-z_][\w.-]{1,63}(?:[ ](?:key|token|secret|password))?)
        \\?["']? \s{0,3} [:=] \s{0,3}""",
    re.I | re.X,
)
_VALUE = re.compile(
    r"""(?P<quote>\\?["']) (?P<quoted>(?:(?!(?P=quote))(?:\\.|[^\r\n]))+)  # up to the same quote
      | (?!(?:null|none|true|false)\b)                                     # no secret, or
      (?P<bare>(?:[^\s,;&"'<>)}\]\\]|[>)}\]\\](?=[^\s,;&"'<>)}\]\\]))+)    # up to a separator""",
    re.I | re.X,
)


def redact(text: str) -> str:
    """`text` with every secret that a rule knows replaced; idempotent, linear in its length."""
    lowered = text.lower()
    for rule in RULES:
        if rule.hint in lowered:
            text = rule.pattern.sub(rule.replacement, text)
    return _redact_assigned(text) if "=" in text or ":" in text else text


def _redact_assigned(text: str) -> str:
    """Replace what is assigned to a sensitive name, as in `key=value`, JSON, query, `API key: x`.

    OWASP Logging Cheat Sheet, Data to exclude.
    """
    parts, done = [], 0
    for found in _ASSIGNMENT.finditer(text):
        if found.start() < done or not is_sensitive(found["name"].split(".")[-1]):
            continue
        value = _VALUE.match(text, found.end())
        start, end = value.span(value.lastgroup or 0) if value else (done, done)
        # A marker stays, one that lost its end at a cut too.
        if value and not REDACTED.startswith(text[start : min(end, start + len(REDACTED) - 1)]):
            parts += [text[done:start], REDACTED]
            done = value.end()
    return "".join([*parts, text[done:]])
