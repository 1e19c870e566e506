"""Which names of fields are secret, in any case style, and which only describe a secret."""

from observability.names import is_sensitive
from observability.redaction import redact

SENSITIVE = """
    password passwd pwd passphrase secret token jwt otp cvv ssn authorization cookie set-cookie
    api_key apiKey APIKey API_KEY X-Api-Key x-api-key ApiKey apikey db_password dbPassword
    DB_PASSWORD redisPassword refresh_token accessToken bearer credentials client_secret
    private_key signing-key aws_secret_access_key connection_string user.password password2
    session database_url DATABASE_URL REDIS_URL redis_uri mfa_code 2faCode oauth_code recovery_codes
    stripe_key auth_header salt sig signature dsn SENTRY_DSN DB_PASS user_pass2 pin accesstoken
    PGPASSWORD csrf_token HTTP_AUTHORIZATION proxy-authorization JSESSIONID private_key_pem
    refresh_tokens card_number webhookSecret seed_phrase heroku_key NEW_RELIC_KEY
    x-functions-key authkey saml_assertion creds GITHUB_PAT gitlab-pat githubPat AccountKey
    SharedAccessKey
""".split()
HARMLESS = """
    session_id tenant_id request_id trace_id api_key_id secret_fingerprint token_count tokens
    primary_key cache_key author authority passenger password_policy token_type keyboard monkey
    secretary tokenizer cookie_count length path status message duration_ms x 7
    has_password use_token password_changed_at max_tokens session_count sessions auth_method
    public_key foreign_key error_code status_code base_url callback_url pass_rate pin_count
    signature_algorithm token_url compass design jwt_issuer author_id requires_auth secret_name
    idempotency_key partitionKey customer_key okta heroku
""".split()


def test_a_secret_name_is_recognised_in_any_case_style() -> None:
    assert [name for name in SENSITIVE if not is_sensitive(name)] == []


def test_a_harmless_name_is_left_alone() -> None:
    assert [name for name in HARMLESS if is_sensitive(name)] == []


def test_what_is_assigned_to_a_secret_name_is_redacted_in_a_text() -> None:
    for text in (
        "{}=hunter22 n=1",
        '{{"{}": "hunter22"}}',
        "{}: 'hunter22'",
        "deploy --{} hunter22",
    ):
        shown = {name: redact(text.format(name.lstrip("2"))) for name in SENSITIVE}
        assert [name for name, text in shown.items() if "hunter22" in text] == []


def test_a_name_of_any_length_is_judged() -> None:
    assert is_sensitive("x" * 1_000_000 + "_password")
