# Managed by the template: edits here are merged on update.
"""Names of fields: which say that the value is secret, judged by segments, in any case style."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

# Patterns for a name whose segments are written `-db-password-`.
_HARMLESS = re.compile(  # words that describe a secret (`api_key_id`, `has_password`), and others
    r"""-(?:accepted|age|alg|algorithm|arn|at|attempts?|audience|bits|bucket|budget|by|bytes|changed
    |checks?|class|consent|cost|count|created|days|dir|domain|duration|enabled|endpoint|errors?
    |exists|expiration|expire[ds]|expiry|failed|failures?|fields?|file|fingerprint|for|format|found
    |go|host|hours|html|ids?|in|index|invalid|issued|issuer|iterations|java|js|kind|kt|len|length
    |level|lifetime|limit|location|manager|max|method|min|minutes|missing|mode|ms|names?|needed|ok
    |on|path|period|php|policy|port|present|provider|py|rate|rb|reason|remaining|required|result
    |retries|rotated|rotation|rounds|rs|s|scopes?|seconds|service|set|size|source|start|started
    |state|status|store|strength|success|timeout|total|ts|ttl|types?|usage|used|uuid|valid|validity
    |verified|version|window)-$
    |^-(?:allows?|has|is|max|min|needs?|num|requires?|uses?)-
    |-(?:(?:boarding|first|second|multi|single|render)-pass|gpio-pin|public-key|(?:random|rng)-seed
    |(?:token|auth)-ur[il]|account-sid|method-signature)-$""",
    re.X,
)
_SECRET = re.compile(
    r"""-(?:access-sign|(?:access|api|auth|refresh)-tokens|apikey|asp-net-session|bearer|bindpw
    |(?:card|credit)-(?:card|number)|client-assertion|code-verifier|conn-str|connection-string
    |cookies|creds|csrf|cv[cv]|dbpass|(?:github|gitlab)-pat|honeycomb-team|jsessionid|jwt|keypass
    |mnemonic|otp|pass-(?:phrase|word)|pass(?:code|words|wort)|pgpass|phpsessid|psk|pwd?|redis-auth
    |(?:recovery|seed)-phrase|rootpw|saml-assertion|secrets|security-answer|sessid|ssn|storepass
    |totp|userpass|x-auth|xsrf)-
    |(?:password|passwd|passphrase|secret|token|(?:api|secret|private|access|auth)-?keys?
    |credentials?|authorization|cookie)-
    |-(?:account|admin|aes|age|app|application|audit|auth|aws|azure|cert|certificate|client|consumer
    |crypto|decryption|deploy|encryption|fernet|functions|gcp|gemini|gpg|hash|hmac|insert|jwt|kms
    |license|maps|master|pgp|pk|recovery|root|rsa|sas|server|service|session|shared|signing|ssh|ssl
    |storage|subscription|tls|token|vapid|vault|webhook|write
    |airtable|algolia|amplitude|anthropic|asana|bitbucket|bugsnag|circleci|cloudflare|cloudinary
    |cohere|coinbase|contentful|datadog|deepgram|deepseek|digitalocean|discord|dropbox|elevenlabs
    |etherscan|facebook|fastly|figma|firebase|flutterwave|freshdesk|git(?:hub|lab)|google|groq
    |heroku|hubspot|huggingface|infura|intercom|launchdarkly|linkedin|lob|mail(?:chimp|gun|jet)
    |mapbox|maxmind|message-?bird|mistral|mixpanel|netlify|new-?relic|npm|okta|open(?:ai|router)
    |openweather|opsgenie|pagerduty|paypal|paystack|plaid|postmark|pusher|pypi|rapidapi|razorpay
    |rollbar|sendgrid|sentry|shodan|shopify|slack|snyk|sonar|spotify|square|stripe|sumologic
    |supabase|telegram|trello|twilio|twitter|typeform|virustotal|xai|yandex|zapier|zendesk)-keys?-""",
    re.X,
)
_WEAK = re.compile(  # what a word of prose may be too
    r"""-(?:fa|access|activation|auth|authorization|backup|device|factor|login|mfa|oauth|onetime|otp
    |passwd|pin|recovery|reset|security|sms|time|totp|verification|verify)-codes?-
    |-(?:amqp|broker|celery|clickhouse|cloudamqp|connection|couchdb|database|db|jdbc|mariadb
    |mongo(?:db)?|mysql|neo-4-j|pg|postgres(?:ql)?|rabbitmq|redis|rediscloud|sentinel|sqlalchemy)
    -(?:ur[il]|dsn)-|-(?:auth|dsn|pass|pin|salt|seed|sid|sig|signature|auth-header|user-session)-$
    |^-session-$""",
    re.X,
)

_SEGMENT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


Pattern = str | re.Pattern[str]

# What redact_also() adds.
own_patterns: list[re.Pattern[str]] = []
_own_names: set[str] = set()
_kept_names: set[str] = set()
caches: list[
    set[str] | dict[Any, Any]
] = []  # what was made before: cleared when something is added


def redact_also(
    *, names: Iterable[str] = (), patterns: Iterable[Pattern] = (), keep: Iterable[str] = ()
) -> None:
    """Redact more, and keep what is no secret here: for this process, from now on.

    `names` are secret in any case style and anywhere in a field's name; `keep` are names, or ends
    of names, that are not. All of what a pattern matches is replaced. Raise ValueError for an empty
    name and a pattern that does not compile or matches the empty text; then nothing is added.
    """
    compiled = []
    for pattern in patterns:
        try:
            compiled.append(re.compile(pattern))
        except (re.error, TypeError) as error:
            raise ValueError(f"{pattern!r} is not a pattern of Python's re: {error}") from None
        if compiled[-1].search("") is not None:
            raise ValueError(f"{pattern!r} matches the empty text; use + for *, {{1,}} for {{0,}}")
    added, kept = [set(map(_joined, given)) for given in (names, keep)]
    if "--" in added | kept:
        raise ValueError("an empty name cannot be redacted or kept; use a word such as api_pin")
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
    if any(map(joined.endswith, _kept_names)):
        return 0
    if any(own in joined for own in _own_names):
        return 2
    if _HARMLESS.search(joined):
        return 0
    return 2 if _SECRET.search(joined) else int(_WEAK.search(joined) is not None)


def is_sensitive(name: str) -> bool:
    """Whether a field of this name is secret: `dbPassword`, `X-Api-Key` and `refresh_token` are.

    A name that only describes a secret is not: `password_length`, `api_key_id`, `token_count`.
    """
    return certainty(name if len(name) <= 256 else name[-256:]) > 0


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
