# Managed by the template: edits here are merged on update.
"""Names of fields: which say that the value is secret, judged by segments, in any case style."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

# Patterns for a name whose segments are written `-db-password-`.
_HARMLESS = re.compile(  # words that describe a secret (`api_key_id`, `has_password`), and others
    r"""-(?:age|alg|algorithm|arn|at|attempts?|audience|bytes|changed|count|created|duration|enabled
    |errors?|expire[ds]|expiry|failed|failures?|field|file|fingerprint|format|hours|ids?|issuer
    |length|level|lifetime|limit|max|method|min|minutes|missing|ms|names?|path|policy|provider|py
    |reason|remaining|required|result|rotated|scopes?|seconds|size|source|state|status|store
    |timeout|total|ttl|types?|usage|used|uuid|valid|verified|version|account-sid
    |first-pass|method-signature|public-key|random-seed|token-ur[il])-$
    |^-(?:allows?|has|is|max|min|needs?|num|requires?|uses?)-""",
    re.X,
)
_SECRET = re.compile(
    r"""(?:authorization|passphrase|token|(?:cookie|credential|passcode|passwd|passwor[dt]|secret)s?
    |(?:access|api|auth|private|secret)-?keys?|(?:access|api|auth|refresh)-tokens)-
    |-(?:bearer|card-number|code-verifier|conn-str|connection-string|creds|credit-card|csrf|cv[cv]
    |jsessionid|jwt|(?:db|key|pg|store)pass|mnemonic|otp|pass-(?:phrase|word)
    |(?:php)?sessid|psk|pwd?|saml-assertion|seed-phrase|ssn|x-auth|xsrf)-
    |-(?:account|admin|app|auth|aws|azure|client|consumer|deploy|encryption|fernet|functions|gcp
    |hash|hmac|jwt|license|master|root|rsa|sas|server|service|session|shared|signing|ssh|ssl|storage
    |subscription|tls|token|vault|webhook|write|anthropic|cloudflare|datadog|git(?:hub|lab)|google
    |heroku|mailgun|new-?relic|openai|sendgrid|sentry|slack|stripe|twilio)-keys?-""",
    re.X,
)
_WEAK = re.compile(  # what a word of prose may be too
    r"""-(?:fa|auth|login|mfa|oauth|recovery|reset|security|sms|verification)-codes?-
    |-(?:amqp|broker|connection|database|db|mongo(?:db)?|mysql|postgres(?:ql)?|redis)-ur[il]-
    |-(?:auth|dsn|pass|pin|salt|seed|sid|sig|signature|auth-header)-$|^-session-$""",
    re.X,
)
_SEGMENT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
own_patterns: list[re.Pattern[str]] = []  # what redact_also() adds, as the next two
_own_names, _kept_names = set[str](), set[str]()
caches: list[set[str] | dict[Any, Any]] = []  # what it clears


def redact_also(
    *, names: Iterable[str] = (), patterns: Iterable[Any] = (), keep: Iterable[str] = ()
) -> None:
    """Redact more, and keep what is no secret here: for this process, from now on.

    `names` are secret in any case style and anywhere in a field's name, `keep` are names or ends of
    names that are not; all of what a pattern (text, or compiled) matches is replaced. Add nothing
    where one is wrong: `re.error` for no pattern, ValueError for what any text would match.
    """
    compiled = list(map(re.compile, patterns))
    added, kept = [set(map(_joined, given)) for given in (names, keep)]
    if "--" in added | kept or any(pattern.search("") for pattern in compiled):
        raise ValueError("an empty name, or a pattern that matches the empty text, is in any text")
    own_patterns.extend(compiled)
    _own_names.update(added)
    _kept_names.update(kept)
    certainty.cache_clear()
    for known in caches:
        known.clear()


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


def is_sensitive(name: str) -> bool:
    """Whether a field of this name is secret: `dbPassword`, `X-Api-Key` and `refresh_token` are.

    A name that only describes a secret is not: `password_length`, `api_key_id`, `token_count`.
    """
    return certainty(name[-256:]) > 0


def safe_str(value: object) -> str:
    """`str(value)`, or its type and the error where that raises."""
    try:
        return str(value)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a foreign __str__ may raise anything
        return f"<{type(value).__name__}: {type(error).__name__} in __str__>"


def name_of(key: object) -> str:
    """The text of a name that may be bytes, as those of ASGI headers are."""
    return key.decode("latin-1") if isinstance(key, bytes) else safe_str(key)


def is_secret_name(value: object) -> bool:
    """Whether a value is itself a secret name, or a path that holds one: `("body", "password")`."""
    parts = value if isinstance(value, list | tuple) else (value,)
    return any(isinstance(part, str | bytes) and is_sensitive(name_of(part)) for part in parts)
