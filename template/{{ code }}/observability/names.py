# Managed by the template: edits here are merged on update.
"""Which names of fields say that the value is secret: judged by segments, in any case style."""

import re
from functools import lru_cache

_SECRET = set(
    """
    access-sign access-tokens api-tokens apikey asp-net-session auth-tokens authorization bearer
    bindpw card-number client-assertion code-verifier conn-str connection-string cookie cookies
    credential credentials credit-card creds csrf cvc cvv dbpass github-pat gitlab-pat
    honeycomb-team jsessionid jwt keypass mnemonic otp pass-phrase pass-word passcode passphrase
    passwd password passwords passwort pgpass phpsessid psk pw pwd recovery-phrase redis-auth
    refresh-tokens rootpw saml-assertion secret secret-access-key secretkey secrets security-answer
    seed-phrase sessid ssn storepass totp userpass x-auth xsrf
    """.split()
)
"""Secret anywhere in a name; the plural `tokens` alone is a count."""

_ENDINGS = (
    *("password", "passwd", "passphrase", "secret", "token", "apikey", "secretkey", "privatekey"),
    *("accesskey", "authkey", "credential", "credentials", "authorization", "cookie"),
)
"""Endings of a segment in which the words are not split: `dbpassword`, `accesstoken`."""

_KEYS = set(
    """
    access account admin aes age api app application audit auth aws azure cert certificate client
    consumer crypto decryption deepseek deploy encryption fernet functions gcp gemini github gitlab
    google gpg groq hash hmac insert jwt kms license maps master npm openai openrouter paypal pgp
    pk12 private pypi recovery root rsa sas secret sendgrid sentry server service session shared
    shopify signing slack square ssh ssl storage stripe subscription supabase tls token twilio
    vapid vault webhook write xai
    adafruit adobe adyen airtable algolia alibaba amplitude anthropic asana atlassian beamer
    bitbucket bittrex bugsnag circleci clickup cloudflare cloudinary codecov cohere coinbase
    confluence confluent contentful coveralls datadog deepgram digitalocean discord docusign droneci
    dropbox elevenlabs etherscan etsy facebook fastly figma finicity finnhub firebase flickr
    flutterwave freshbooks freshdesk gitter gocardless heroku hetzner honeycomb hubspot huggingface
    infracost infura instagram intercom jfrog kraken kucoin launchdarkly linkedin linode lob
    mailchimp mailgun mailjet mapbox mattermost maxmind meraki messagebird mistral mixpanel mollie
    netlify newrelic newyorktimes nytimes okta openweather opsgenie pagerduty paystack plaid
    postmark privateai pusher rapidapi razorpay relic rollbar scaleway sendbird sendinblue shippo
    shodan snyk sonar sonarqube sourcegraph spotify squarespace sumo sumologic telegram travis
    trello twitch twitter typeform virustotal vultr wakatime yandex zapier zendesk
    """.split()
)
"""What a secret `key` is of: purposes, then providers."""

_CODES = set(
    """
    2fa access activation auth authorization backup device fa factor login mfa oauth onetime otp
    passwd pin recovery reset security sms time totp verification verify
    """.split()
)
_URLS = set(
    """
    amqp broker celery clickhouse cloudamqp connection couchdb database db jdbc mariadb mongo
    mongodb mysql neo4j pg postgres postgresql rabbitmq redis rediscloud sentinel sqlalchemy
    """.split()
)
_LAST = set("auth dsn pass pin salt seed sid sig signature auth-header user-session".split())
"""Secret at the end of a name only: `db_pass`, but not `pass_rate`."""

_DESCRIBING = set(
    """
    accepted age alg algorithm arn at attempt attempts audience bits bucket budget by bytes changed
    check checks class consent cost count created days dir domain duration enabled endpoint error
    errors exists expiration expired expires expiry failed failure failures field file fingerprint
    for format found go host hours html id ids in index invalid issued issuer iterations java js
    kind kt len length level lifetime limit location manager max method min minutes missing mode ms
    name names needed ok on path period php policy port present provider py rate rb reason remaining
    required result retries rotated rotation rounds rs s scope scopes seconds service set size
    source start started state status store strength success timeout total ts ttl type types usage
    used uuid valid validity verified version window
    """.split()
)
"""Last segments of names that describe a secret without being one: `api_key_id`."""

_ASKING = set("allow allows has is max min need needs num require requires use uses".split())
_HARMLESS = set(
    """
    boarding-pass first-pass second-pass multi-pass single-pass render-pass gpio-pin public-key
    random-seed rng-seed token-url token-uri auth-url auth-uri account-sid method-signature
    """.split()
)
"""Ends of names that win over all other lists."""

HINTS = (
    "pass|secret|token|key|auth|cookie|credential|creds|bearer|jwt|pwd|pw|otp|cvc|cvv|csrf|xsrf|ssn"
    "|psk|pin|sig|salt|seed|sess|sid|dsn|conn|card|assertion|code|verifier|mnemonic|phrase|answer"
    "|team|access|pat|url|uri"
)
"""Of which every secret name holds one."""

_SEGMENT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@lru_cache(maxsize=4096)
def certainty(name: str) -> int:
    """2 for a name that is secret anywhere, 1 for one that a word of prose may be, else 0."""
    segments = [segment.lower() for segment in _SEGMENT.findall(name[-256:])]
    while segments and segments[-1].isdigit():
        segments.pop()
    ends = {"-".join(segments[-size:]) for size in range(1, 5)}
    if not segments or ends & _HARMLESS:
        return 0
    if segments[-1] in _DESCRIBING or segments[0] in _ASKING:
        return 0
    spans = {
        "-".join(segments[start : start + size])
        for size in range(1, 5)
        for start in range(len(segments) - size + 1)
    }
    pairs = list(zip(segments, segments[1:], strict=False))
    joined = {"".join(pair) for pair in pairs}
    if spans & _SECRET or any(segment.endswith(_ENDINGS) for segment in segments):
        return 2
    if any(last in {"key", "keys"} and first in _KEYS for first, last in pairs):
        return 2
    if segments[-1] in {"key", "keys"} and joined & _KEYS:
        return 2
    coded = any(first in _CODES and last in {"code", "codes"} for first, last in pairs)
    located = any(first in _URLS and last in {"url", "uri", "dsn"} for first, last in pairs)
    return int(coded or located or bool(ends & _LAST) or segments == ["session"])


def is_sensitive(name: str) -> bool:
    """Whether a field of this name is secret: `dbPassword`, `X-Api-Key` and `refresh_token` are.

    A name that only describes a secret is not: `password_length`, `api_key_id`, `token_count`.
    """
    return certainty(name if len(name) <= 256 else name[-256:]) > 0
