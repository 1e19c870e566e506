# Managed by the service template: change it there, or expect a merge on update.
"""Which names of fields say that their value is secret: judged by segments, in any case style."""

import re
from functools import lru_cache

MAX_SEGMENTS = 4
"""Of a name in the lists below."""

SECRET = set(
    """
    access-tokens api-tokens apikey asp-net-session auth-tokens authorization bearer card-number
    client-assertion code-verifier conn-str connection-string cookie cookies credential
    credentials credit-card csrf cvc cvv dbpass github-pat gitlab-pat jsessionid jwt mnemonic otp
    pass-phrase pass-word passcode passphrase passwd password passwords passwort pgpass phpsessid
    psk pwd recovery-phrase redis-auth refresh-tokens secret secret-access-key secretkey secrets
    security-answer seed-phrase sessid ssn totp userpass x-auth xsrf
    """.split()
)
"""Secret anywhere in a name; the plural `tokens` is a count, not a token."""

GLUED = (
    *("password", "passwd", "passphrase", "secret", "token", "apikey", "secretkey", "privatekey"),
    *("accesskey", "credential", "credentials", "authorization", "cookie"),
)
"""What a segment ends with that nobody has split: `dbpassword`, `accesstoken`."""

KEYS = set(
    """
    access account admin aes age anthropic api app application audit auth aws azure cert certificate
    client cloudflare consumer crypto datadog decryption deepseek deploy encryption fernet gcp
    gemini github gitlab google gpg groq hash heroku hmac jwt kms license mailchimp mailgun maps
    master mistral npm openai openrouter paypal pgp pk12 private pypi recovery root rsa secret
    sendgrid sentry server service session shared shopify signing slack square ssh ssl storage
    stripe subscription supabase telegram tls token twilio twitter vapid vault webhook write xai
    zendesk
    """.split()
)
"""What a secret key is of; `cache_key`, `primary_key` and `public_key` are none."""

CODES = set(
    """
    2fa access activation auth authorization backup device fa factor login mfa oauth onetime otp
    passwd pin recovery reset security sms time totp verification verify
    """.split()
)
URLS = set(
    """
    amqp broker celery clickhouse cloudamqp connection couchdb database db jdbc mariadb mongo
    mongodb mysql neo4j pg postgres postgresql rabbitmq redis rediscloud sentinel sqlalchemy
    """.split()
)

LAST = set("auth dsn pass pin salt seed sid sig signature auth-header user-session".split())
"""Secret only at the end of a name: `db_pass`, and not `pass_rate`. As the whole name: session."""

HARMLESS_ENDINGS = set(
    """
    accepted age alg algorithm arn at attempt attempts audience bits bucket budget by bytes
    changed check checks class consent cost count created days dir domain duration enabled
    endpoint error errors exists expiration expired expires expiry failed failure failures field
    file fingerprint for format found go host hours html id ids in index invalid issued issuer
    iterations java js kind kt len length level lifetime limit location manager max method min
    minutes missing mode ms name names needed ok on path period php policy port present provider
    py rate rb reason remaining required result retries rotated rotation rounds rs s scope scopes
    seconds service set size source start started state status store strength success timeout
    total ts ttl type types usage used uuid valid validity verified version window
    """.split()
)
"""What a name ends with when it describes a secret without being one: `api_key_id`."""

HARMLESS_BEGINNINGS = set(
    "allow allows has is max min need needs num require requires use uses".split()
)

KEPT = set(
    """
    boarding-pass first-pass second-pass multi-pass single-pass render-pass gpio-pin
    public-key random-seed rng-seed token-url token-uri auth-url auth-uri account-sid
    method-signature
    """.split()
)
"""Ends of names that win over all the lists above; `redact_also(keep=...)` adds to them."""


@lru_cache(maxsize=1)
def stems() -> tuple[str, ...]:
    """Texts of which every sensitive name holds one: where none is, no name has to be judged."""
    words = {max(name.split("-"), key=len) for name in (*SECRET, *GLUED, *LAST)}
    words |= {"key", "code", "url", "uri", "session"}
    return tuple(w for w in words if not any(other in w for other in words - {w}))


_SEGMENT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def segments_of(name: str) -> list[str]:
    """`dbPassword2` as `["db", "password", "2"]`; of a name beyond 256 characters the last 256."""
    return [segment.lower() for segment in _SEGMENT.findall(name[-256:])]


@lru_cache(maxsize=2048)
def certainty(name: str) -> int:
    """How sure it is that the field is secret: 2 in any text, 1 as a field or before `=`, 0 not."""
    segments = segments_of(name)
    while segments and segments[-1].isdigit():
        segments.pop()
    ends = {"-".join(segments[-size:]) for size in range(1, MAX_SEGMENTS + 1)}
    if not segments or ends & KEPT:
        return 0
    last = segments[-1]
    if last in HARMLESS_ENDINGS or segments[0] in HARMLESS_BEGINNINGS:
        return 0
    spans = {
        "-".join(segments[start : start + size])
        for size in range(1, MAX_SEGMENTS + 1)
        for start in range(len(segments) - size + 1)
    }
    if spans & SECRET or any(segment.endswith(GLUED) for segment in segments):
        return 2
    pairs = list(zip(segments, segments[1:], strict=False))
    if any(first in KEYS and second in {"key", "keys"} for first, second in pairs):
        return 2
    codes = any(first in CODES and second in {"code", "codes"} for first, second in pairs)
    urls = any(first in URLS and second in {"url", "uri", "dsn"} for first, second in pairs)
    return int(codes or urls or bool(ends & LAST) or segments == ["session"])


def is_sensitive(name: str) -> bool:
    """Judge a field name: `dbPassword`, `X-Api-Key` and `refresh_token` are secret.

    A name that only describes a secret is not: `password_length`, `api_key_id`, `token_count`
    (standard: What NOT to Log).
    """
    return certainty(name) > 0
