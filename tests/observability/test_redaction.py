"""A secret in a text is redacted whatever the syntax; harmless texts are kept to the letter.

test_one_verdict.py has the carriers that take any name and any secret; here are the others.
"""

import pytest
from made import assert_gone, new_secret
from observability.redaction import redact

TEXTS = {
    "f-string of the standard": "Using API key: <secret>",
    "escaped quote inside": '{"password": "a\\"<secret>", "next": 1}',
    "bracket inside": "password=a)b]<secret>",
    "pair of brackets inside": "password=a(b)<secret>",
    "backslash inside": "password=domain\\<secret>",
    "Authorization, basic": "authorization: Basic <secret>",
    "Authorization, in a dict": "{'Authorization': 'Bearer <secret>', 'host': 'a'}",
    "Authorization, own scheme": "Proxy-Authorization: ApiKey <secret>",
    "bearer": "sent bearer <secret> along",
    "cookie": "Cookie: theme=dark; session=<secret>; lang=en",
    "set-cookie": "Set-Cookie: sid=<secret>; Path=/; HttpOnly",
    "Digest": 'Authorization: Digest username="a", uri="/", response="<secret>"',
    "signature of AWS": "Authorization: AWS4-HMAC-SHA256 SignedHeaders=host, Signature=<secret>",
    "behind a backslash and n": "first\\napi_key=<secret>",
    "doubled quotes of SQL": "SET password='it''s <secret>'",
    "behind a marker": "password=[redacted]<secret>",
    "declared type": 'token: str = "<secret>"',
    "Go": 'apiKey := "<secret>"',
    "Makefile": 'API_TOKEN ?= "<secret>"',
    "PHP": "'client_secret' => '<secret>'",
    "XML element": "<accessToken>\n  <secret>\n</accessToken>",
    "XML attributes": '<add key="Password" value="<secret>" />',
    "YAML of Kubernetes": "- name: API_TOKEN\n  value: <secret>",
    "wrapped": "Login(password=SecretStr('<secret>'))",
    "query in a query": "?next=%2Fcallback%3Ftoken%3D<secret>",
    "ampersand escaped": "/a?b=c\\u0026token=<secret>",
    "said": "the password is: <secret>",
    "quoted after its name": "bad credential '<secret>'",
    "curl": "curl -s -u user:<secret> https://h.test",
    "curl, quoted": "curl --user 'user:<secret>' https://h.test",
    "option, assigned": "deploy --token=<secret> now",
    "AUTH": "AUTH <secret>",
    "AUTH with a user": "HELLO 3 AUTH default <secret>",
    "pipeline of Redis": "Command # 2 (SET key <secret>) of pipeline caused error: OOM",
    "pydantic": "name\n  [type=too_short, input_value='<secret>', input_type=str]",
    "basic credentials": "sent Basic 7<secret>== along",
    "URL of a socket": "redis+socket://:<secret>@/run/redis.sock?virtual_host=0",
    "URL of sentinels": "redis+sentinel://:<secret>@one:26379,two:26379/main/0",
    "URL in PHP's JSON": "redis:\\/\\/user:<secret>@db.internal",
    "without a scheme": "default:<secret>@cache:6379",
    "MySQL for Go": "user:<secret>@tcp(db:3306)/orders",
    "connection string": "Server=db;User ID=sa;Password=<secret>;Encrypt=True",
    "curl, quoted in part": "curl -u me:'<secret>' https://h.test",
    "said by an API": "401: Incorrect API key provided: <secret>. See the docs",
    "log of Redis": '"AUTH" "<secret>"',
    "string in a string": "dsn=host=h password=<secret>",
    "index": 'os.environ["API_KEY"] = "<secret>"',
    "item of a form": "api_key[0]=<secret>&page=2",
    "default of a shell": "api_key||'<secret>'",
    "type of Python": "api_key: Final = '<secret>'",
    "PowerShell": "$env:API_TOKEN = '<secret>'",
    "image's environment": "ENV API_TOKEN <secret>",
    "set": 'set dbPassword "<secret>"',
    "option in any case": "--AUTH_TOKEN <secret>",
    "option with one dash": "keytool -storepass <secret>",
    "npmrc": "//registry.test/:_authToken=<secret>",
    "npm": "npm config set //registry.test/:_authToken <secret>",
    "curl, flags together": "curl -sku me:<secret> https://h.test",
    "code of a redirect": "GET /callback?code=<secret>&state=1",
    "URL in a URL": "?to=redis%3A%2F%2Fme%3A<secret>%40h.test",
    "subprotocol": "Sec-WebSocket-Protocol: bearer, <secret>",
    "INSERT": "INSERT INTO users (id, password) VALUES (1, '<secret>')",
    "parameters of a statement": "[SQL: UPDATE users SET token=%s]\n[parameters: ('<secret>', 7)]",
    "named parameters": "[parameters: {'id': 7, 'token': '<secret>'}]",
    "constraint": "DETAIL: Key (tenant, token)=(acme, <secret>) already exists.",
    "port of a URL, in an error": "Port could not be cast to integer value as '<secret>'",
    "URL with one slash": "redis:/user:pa/ss#w<secret>@cache.internal",
    "repr of a header": "Header(name='x-api-key', value='<secret>')",
    "input of FastAPI": "{'loc': ('body', 'pin'), 'msg': 'too long', 'input': '<secret>'}",
    "call under a name": "User(token=Secret(value=['<secret>']))",
    "rows of CSV": "id,api_key,n\n1,<secret>,2\n2,<secret>,3\n",
    "rows of INSERT": "INSERT INTO users (id, pwd)\nVALUES (1, 'a'),\n  (2, '<secret>')",
    "IN": "SELECT id FROM users WHERE token NOT IN ('<secret>', 'b')",
    "mapped parameters": "[SQL: SET token=%(t)s]\n[parameters: {'id': 7, 't': '<secret>'}]",
    "failing row of PostgreSQL": "DETAIL:  Failing row contains (7, <secret>, null).",
    "number of a port, in an error": "invalid literal for int() with base 10: '<secret>'",
    "host of urllib3, in an error": "Failed to parse: 'me:<secret>' is not a valid host or port",
    "host of libpq, in an error": 'could not translate host name "<secret>@db" to address',
    "value of a header, in an error": "Invalid header value b'<secret>\\n'",
    "at sign, without a scheme": "default:a@<secret>@cache:6379",
    "colours": "\x1b[36mtoken\x1b[0m=\x1b[35m<secret>\x1b[0m",
    "percent-encoded JSON": "?filter=%7B%22pin%22%3A%20%22<secret>%22%7D",
    "JSON in HTML": "{&quot;pin&quot;: &quot;<secret>&quot;}",
    "JSON in bytes": 'b\'{"password": "a\\\\"<secret>"}\'',
    "quoted by shlex": "deploy --password 'a'\"'\"'<secret>' now",
    "part of a form": 'form-data; name="pin"\r\n\r\n<secret>\r\n--b',
    "WS-Security": '<wsse:Password Type="#PasswordText"><secret> 7</wsse:Password>',
    "CDATA": "<password><![CDATA[<secret>]]></password>",
    "Authorization, wrapped": "f(authorization=SecretStr('<secret>'))",
    "aligned": 'db_password       = "<secret>"',
    "in brackets": "invalid token ('<secret>')",
    "shared access signature": "https://a.test/c?sv=2026&sig=<secret>%3D&se=2027",
}
HARMLESS = [
    "session_id=test-123 tenant_id=acme duration_ms=12.50",
    "event=transcript_published length=12",
    "https://example.test/path?page=2&author=me#part",
    "ssh://git@example.test/repository.git",
    "the bearer of this message, and a token of thanks",
    "token_count=5 primary_key=7 cache_key=user:1",
    "12:30:45 File 'app.py', line 3: ValueError",
    "password=",
    "Session: closed, auth: ok",
    "password: required, token: expired",
    "src/auth/password_policy.py:42",
    "api_key=*** token=<redacted> secret=[FILTERED]",
    "f() missing 1 required positional argument: 'token'",
    "basic plan upgraded, AUTH failed",
    "Unexpected token 'identifier7' at line 3",
    "http://localhost:8080/a@b and redis://localhost:6379/0",
    "DATABASE_URL=sqlite:///orders.db",
    '{"token": null, "secret": true}',
    "c0ffee" * 8,
    "",
    "use --token to pass a token, the --password option is deprecated",
    "UPDATE users SET password_hash = ? WHERE id = ?",
    "the session: 45 minutes, seed=42, credentials: provided",
    "ValidationError: password: field required",
    "token_type=bearer expires_in=3600",
    "requirepass is not set, identified by its id",
    "cache_key=3f2a9c51d7e84b06 partition_key=aGVsbG8gd29ybGQx",
    "okta: connected, sourcegraph: 3 repositories",
    "password: ok, token: valid, otp: sent, csrf: failed, cookies: 3, authorization: denied",
    "s3_key=uploads/2026/a.png dedup_key=orders-42-2026-11-23 issue_key=ORD-1234",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbC123",
    "GET /oauth/token?code=404 and src/auth/token_service.py:42",
    "password authentication failed for user 'orders2'",
    "Unexpected token at0 in JSON, no token 12 left",
    "invalid literal for int() with base 10: 'abc'",
    "id,name\n1,ada\n2,grace",
    ":param n: what to pass\n    :param key: Bytes",
    "Failed to parse: 3 of 4 rows, host name db.internal resolved",
    "pass ``password_field=str(Form)`` or ``token``",
]
AROUND = [
    ("redis://user:<secret>@cache:6379/0", "redis://***@cache:6379/0"),
    ("a password=<secret>, b=2", "a password=[redacted], b=2"),
    ("f(token=<secret>) done", "f(token=[redacted]) done"),
    ("/p?token=<secret>&page=2", "/p?token=[redacted]&page=2"),
    ("Authorization: Bearer <secret>", "Authorization: Bearer [redacted]"),
    ("{'cookie': 'a=<secret>; b=2', 'host': 'h'}", "{'cookie': '[redacted]', 'host': 'h'}"),
    ("session_id=s-1 api_key=<secret> b=2", "session_id=s-1 api_key=[redacted] b=2"),
    ("curl -u a:<secret> https://h.test", "curl -u [redacted] https://h.test"),
    ("DATABASE_URL=postgres://a:<secret>@db/o", "DATABASE_URL=postgres://***@db/o"),
    ("dsn='host=h password=<secret>'", "dsn='[redacted]'"),
    ("redis+sentinel://:<secret>@a:1,b:1/main", "redis+sentinel://***@a:1,b:1/main"),
    ("Proxy-Authorization: Digest a=<secret>", "Proxy-Authorization: Digest [redacted]"),
    ("SET a='x''<secret>', b='y'", "SET a='x''<secret>', b='y'"),
    ("SET pwd='x''<secret>', b='y'", "SET pwd='[redacted]', b='y'"),
]
SCHEMES = """
    redis rediss postgres postgresql+asyncpg mysql+pymysql mongodb mongodb+srv amqps kafka nats ftp
    sftp smtp imaps ldap http https socks5h clickhouse mssql+pyodbc snowflake wss git+https sentinel
    memcached elasticsearch+https neo4j+s mqtt valkey redshift+psycopg2 rtsp
""".split()
PASSWORDS = """
    <> P@ss<> pa:ss:<> it's<> a&b=<> [<>] p%40ss%2F<> a/b/<> q?<> h#<> x+y=<> (<>) {<>} <>,x <>;x
    $<> <>^* pä<> ~<> <>|x <>\\x correct_<>
""".split()
HOSTS = ["db-0.internal:6379/0", "10.0.3.17:6379", "[2001:db8::1]:6379", "cache", "h1:1,h2:1/main"]


@pytest.mark.parametrize("syntax", TEXTS)
def test_a_secret_in_a_text_is_redacted(syntax: str) -> None:
    secret = new_secret()

    shown = redact(TEXTS[syntax].replace("<secret>", secret))

    assert_gone(secret, shown)
    assert redact(shown) == shown, "redacting twice changes the text"


@pytest.mark.parametrize(("text", "shown"), AROUND)
def test_what_surrounds_a_secret_is_kept(text: str, shown: str) -> None:
    secret = new_secret()

    assert redact(text.replace("<secret>", secret)) == shown.replace("<secret>", secret)


@pytest.mark.parametrize("text", HARMLESS)
def test_a_harmless_text_is_kept_to_the_letter(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_password_in_a_url_is_redacted_and_the_host_is_kept(scheme: str) -> None:
    for form in PASSWORDS:
        for user in ("", "app", "user%40corp"):
            for host in HOSTS:
                secret = new_secret()
                url = f"{scheme}://{user}:{form.replace('<>', secret).replace('_', ' ')}@{host}"
                for around in ("Redis URL: {}", "cannot connect to {}: refused", "url='{}'"):
                    shown = redact(around.format(url))
                    assert_gone(secret, shown)
                    assert host.partition("/")[0] in shown, f"{url!r} -> {shown!r}"
