# Managed by the template: edits here are merged on update.
"""Names of fields, judged by segments in any case style, and the values that follow secret ones."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

# Patterns for a name whose segments are written `-db-password-`.
_HARMLESS = re.compile(r"""(?x)  # what only describes a secret (`api_key_id`, `has_password`)
    -(?:account-sid|age|alg|algorithm|arn|at|audience|bytes|changed|count|created|duration|enabled
    |expire[ds]|expiry|failed|failures?|field|file|fingerprint|first-pass|format|hours|issuer|length
    |level|lifetime|limit|max|method(?:-signature)?|min|minutes|missing|ms|path|policy|provider
    |public-key|py|random-seed|rate|reason|remaining|required|result|retries|rotated|rotation
    |seconds|size|source|state|status|store|timeout|token-ur[il]|total|ttl|usage|used|uuid|valid
    |verified|version|(?:attempt|error|id|name|scope|type)s?)-$
    |^-(?:allows?|has|is|max|min|needs?|num|requires?|uses?)-""")
_SECRET = re.compile(r"""(?x)
    (?:authorization|passphrase|token|(?:cookie|credential|passcode|passwd|passwor[dt]|secret)s?
    |(?:access|api|auth|private|secret)-?keys?|(?:access|api|auth|refresh)-tokens)-
    |-(?:asp-net-session|bearer|card-number|code-verifier|conn-str|connection-string|creds
    |credit-card|csrf|cv[cv]|(?:db|key|pg|store)-?pass|git(?:hub|lab)-pat|jsessionid|jwt|mnemonic
    |otp|pass-(?:phrase|word)|(?:php)?sessid|psk|pwd?|saml-assertion|seed-phrase|ssn|user-session
    |x-auth|xsrf|(?:account|admin|app|aws|azure|client|consumer|deploy|encryption|fernet|functions|hash
    |hmac|license|master|root|rsa|sas|server|service|session|shared|signing|ssh|ssl|storage
    |subscription|tls|vault|webhook|write|anthropic|cloudflare|datadog|gcp|git(?:hub|lab)|google
    |heroku|mailgun|new-?relic|openai|sendgrid|sentry|slack|stripe|twilio)-keys?)-""")
_WEAK = re.compile(r"""(?x)  # what a word of prose may be too
    -(?:access|fa|auth|login|mfa|oauth|recovery|reset|security|sms|totp|verif\w+)-codes?-
    |-(?:amqp|broker|connection|database|db|jdbc|mariadb|mongo(?:db)?|mysql|pg|postgres(?:ql)?
    |rabbitmq|redis|sentinel|sqlalchemy)-(?:ur[il]|dsn)-
    |-(?:auth|dsn|pass|pin|salt|seed|sid|sig|signature|auth-header)-$|^-session-$""")
_VALUE = re.compile(r"""(?x)
    b?(?P<quote>\\*["'`]|%22|&quot;)(?!(?P=quote)\w)
        (?P<quoted>(?>(?:'"'"'|(?!(?P=quote)(?!\w))(?:\\.|[^\r\n])|(?P=quote){2})+))
    |(?<=[>\[])\s{0,12}(?P<element>[^<]{1,400}?)\s{0,12}(?=</|\]\]>)
    |(?=(?P<container>[\w.]{0,64}(?!\[redacted\])[\[({])?)
    (?P<bare>\[redacted\](?=\\[nrt])|(?>(?:\[redacted\]|[^\s,;&"'`<>)}\]\\]
        |[>)}\]\\](?=[^\s,;&"'`<>)}\]\\])|[,;&](?![\s"'`]|$|[\w.$-]{1,64}[=:]))+))""")
_BRACKETS = re.compile(r"""(?x)(\\{,7}["'])(?>(?:(?!\1)(?:\\.|[^\\]))*)\1|\)\s{0,9},\s{0,9}\(
    |[\[({]|[\])}][^\s,;&"'`<()\[\]{}\\]*+""")
_NO_SECRET = re.compile(r"""(?ix)
    (?:null|none|true|false|undefined|empty|required|missing|invalid|expired|changed|unknown
    |must|should|cannot|not|is|was|has|yes|no|on|off|enabled|disabled|str|string|ok|valid|denied
    |failed|sent|option|rejected|revoked|and|or|provided|present|field|argument|to|for|\?|\d\d?
    |%s|:\w+|\$\d+|\*{3,}|[\[<(]?(?:redacted|filtered|masked|hidden|removed)[\]>)]?
    |[\[({](?:none|null|true|false|[,\s])*[\])}])?""")
_SEGMENT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
own_patterns: list[re.Pattern[str]] = []  # what redact_also() adds, as the next two
_own_names, _kept_names = set[str](), set[str]()
caches: list[Callable[[], object]] = []  # it calls each, to clear them


def redact_also(
    *, names: Iterable[str] = (), patterns: Iterable[Any] = (), keep: Iterable[str] = ()
) -> None:
    """Redact more, and keep what is no secret here: for this process, from now on.

    `names` are secret in any case style and anywhere in a field's name, `keep` are names or ends of
    names that are not; all of what a pattern (text, or compiled) matches is replaced.
    """
    own_patterns.extend([re.compile(pattern) for pattern in patterns])
    _own_names.update(map(_joined, names))
    _kept_names.update(map(_joined, keep))
    certainty.cache_clear()
    for clear in caches:
        clear()


def _joined(name: str) -> str:
    segments = _SEGMENT.findall(name[-256:].rstrip("0123456789_.-"))
    return f"-{'-'.join(segments)}-".lower()


@lru_cache(maxsize=4096)
def certainty(name: str) -> int:
    """2 for a name that is secret anywhere, 1 for one that a word of prose may be, else 0."""
    joined = _joined(name)
    is_own = any(own in joined for own in _own_names)
    if joined.endswith(tuple(_kept_names)) or (_HARMLESS.search(joined) and not is_own):
        return 0
    return 2 if is_own or _SECRET.search(joined) else int(_WEAK.search(joined) is not None)


def is_sensitive(name: object) -> bool:
    """Whether a field of this name is secret: `dbPassword`, `X-Api-Key` and `refresh_token` are.

    A name that only describes a secret is not: `password_length`, `api_key_id`, `token_count`.
    A path is, if it holds a secret name: `("body", "password")`. What is no text is not.
    """
    parts = name[:100] if isinstance(name, list | tuple) else (name,)
    return any(isinstance(part, str | bytes) and certainty(safe_str(part[-256:])) for part in parts)


def secret_of(found: re.Match[str]) -> tuple[int, int, str]:
    """Start and end of the secret, and the quotation mark that JSON needs around a marker."""
    text, groups = found.string, found.groupdict()
    sure = max(map(certainty, re.split(r"[^\w.$ -]+", groups["name"]))) if "name" in groups else 2
    if "secret" in groups:
        return *(found.span("secret") if sure else (found.end(), found.end())), ""
    none = found.end("name"), found.end("name"), ""
    if not sure or not (value := _VALUE.match(text, found.end())):
        return none
    kind, quote = value.lastgroup or "", groups.get("end") or groups.get("after") or ""
    first, last = value.span(kind)
    if value["container"]:
        last = max(last, _closing(text, first))
    shown = text[first:last]
    weak = sure == 1 and ("://" in shown or re.fullmatch(r"\w: [^\d\[({]*", text[first - 3 : last]))
    if len(shown) <= 256 and (weak or _NO_SECRET.fullmatch(shown)):
        return none  # it says only that there is a secret, or what is wrong
    return first, last, "" if kind == "quoted" or text[last : last + 1] == quote else quote


def _closing(text: str, start: int) -> int:
    """Where the first bracket is closed; the end of the text where it is not, as after a cut."""
    depth = 0
    for found in _BRACKETS.finditer(text, start):
        depth += "[({".count(found[0][-1]) - "])}".count(found[0][0])
        if not depth:
            return found.end()
    return len(text)


def safe_str(value: object) -> str:
    """`str(value)`, of bytes their text, or the type and the error where that raises."""
    try:
        return value.decode("latin-1") if isinstance(value, bytes) else str(value)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a foreign __str__ may raise anything
        return f"<{type(value).__name__}: {type(error).__name__} in __str__>"
