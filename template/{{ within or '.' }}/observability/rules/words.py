# Managed by the service template: change it there, or expect a merge on update.
"""The words by which names.py judges the name of a field."""

SECRET = set(
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
"""Secret anywhere in a name; the plural `tokens` is a count, not a token."""

GLUED = (
    *("password", "passwd", "passphrase", "secret", "token", "apikey", "secretkey", "privatekey"),
    *("accesskey", "authkey", "credential", "credentials", "authorization", "cookie"),
)
"""What a ends with that nobody has split: `dbpassword`, `accesstoken`."""

KEYS = set(
    """
    access account admin aes age api app application audit auth aws azure cert certificate client
    consumer crypto decryption deepseek deploy encryption fernet functions gcp gemini github gitlab
    google gpg groq hash hmac insert jwt kms license maps master npm openai openrouter paypal pgp
    pk12 private pypi recovery root rsa sas secret sendgrid sentry server service session
    shared shopify signing slack square ssh ssl storage stripe subscription supabase tls token
    twilio vapid vault webhook write xai
    """.split()
)
"""What a secret key is of, beside the vendors below."""

VENDORS = set(
    """
    adafruit adobe adyen airtable algolia alibaba amplitude anthropic asana atlassian beamer
    bitbucket bittrex bugsnag circleci clickup cloudflare cloudinary codecov cohere coinbase
    confluence confluent contentful coveralls datadog deepgram digitalocean discord docusign droneci
    dropbox elevenlabs etherscan etsy facebook fastly figma finicity finnhub firebase flickr
    flutterwave freshbooks freshdesk gitter gocardless heroku hetzner honeycomb hubspot huggingface
    infracost infura instagram intercom jfrog kraken kucoin launchdarkly linkedin linode lob
    mailchimp mailgun mailjet mapbox mattermost maxmind meraki messagebird mistral mixpanel mollie
    netlify newrelic newyorktimes nytimes okta openweather opsgenie pagerduty paystack plaid
    postmark privateai pusher rapidapi razorpay rollbar scaleway sendbird sendinblue shippo
    shodan snyk sonar sonarqube sourcegraph spotify squarespace sumo sumologic telegram travis
    trello twitch twitter typeform virustotal vultr wakatime yandex zapier zendesk
    """.split()
)
"""Whose `key` is secret, and what looks random behind their name alone: `okta: ...`."""

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
