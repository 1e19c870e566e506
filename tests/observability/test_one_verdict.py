"""One verdict, whatever carries the secret: no carrier shows a piece of it."""

import json
import re
import string
from collections import namedtuple
from collections.abc import Callable

import pytest
from made import CHANCE, assert_gone
from made import new_secret as letters
from observability.redaction import redact, redact_value

TOKENS: dict[str, Callable[[], str]] = {
    "AWS": lambda: "AKIA" + letters(16).upper(),
    "GitHub": lambda: "ghp_" + letters(36),
    "Google": lambda: "AIza" + letters(35),
    "JWT": lambda: f"eyJ{letters(20)}.eyJ{letters(60)}.{letters(43)}",
    "OpenAI": lambda: "sk-proj-" + letters(60),
    "Slack": lambda: f"xoxb-{CHANCE.randrange(10**12)}-{letters(24)}",
    "Stripe": lambda: "sk_live_" + letters(24),
}
PASSWORDS: dict[str, Callable[[], str]] = {
    "letters": lambda: letters(16),
    "signs": lambda: letters(10) + "!$%^*_+-~#" + letters(4),
    "separators": lambda: f"{letters(9)},{letters(9)};{letters(9)}",
    "slashes": lambda: f"{letters(9)}/{letters(9)}=={letters(9)}",
    "digits": lambda: "".join(CHANCE.choices(string.digits, k=10)),
}
SPACED: dict[str, Callable[[], str]] = {
    "blanks": lambda: f"{letters(9)} {letters(9)} {letters(9)}",
    "quotes": lambda: f"{letters(9)}'{letters(9)}\\{letters(9)}",
    "brackets": lambda: f"{letters(9)}){letters(9)}]}}{letters(9)}[({{",
    "newline": lambda: f"{letters(9)}\n{letters(9)}",
}
NAMES = ("password", "api_key", "X-Api-Key", "dbToken", "session", "authorization", "DB_PASS")
Login = namedtuple("Login", ["user", "token"])


class Form:
    """A form as web frameworks show it: a list of pairs."""

    def __init__(self, *pairs: tuple[str, str]) -> None:
        self.pairs = pairs

    def __repr__(self) -> str:
        return f"FormData({list(self.pairs)!r})"


def in_exceptions(name: str, secret: str) -> object:
    cause = ValueError({name: secret})
    return ExceptionGroup("several", [cause, RuntimeError(f"{name}={secret!r}")]).exceptions


# A carrier gets the name and the secret; those of a token get a harmless name.
QUOTED: dict[str, Callable[[str, str], object]] = {
    "field": lambda name, secret: {name: secret},
    "value at depth 3": lambda name, secret: {"a": {"b": [{name: secret}]}},
    "list": lambda name, secret: {name: [secret]},
    "tuple of a list": lambda name, secret: {name: ([secret], 1)},
    "set": lambda name, secret: {name: {secret}},
    "number and list": lambda name, secret: {name: {"n": 1, "list": [secret]}},
    "bytes": lambda name, secret: {name: secret.encode()},
    "name and value": lambda name, secret: {"name": name, "value": secret},
    "Name and Value": lambda name, secret: {"ParameterName": name, "ParameterValue": secret},
    "type and value": lambda name, secret: {"type": name, "temporary": False, "value": secret},
    "named tuple": lambda name, secret: Login("me", secret),
    "key and value, in a list": lambda name, secret: [{"value": secret, "key": name, "n": 1}],
    "loc and input": lambda name, secret: {"loc": ("body", name), "input": secret},
    "pair, list": lambda name, secret: [name, secret],
    "pair, tuple": lambda name, secret: [("host", "h"), (name, secret)],
    "headers of bytes": lambda name, secret: [(b"host", b"h"), (name.encode(), secret.encode())],
    "arguments": lambda name, secret: ["deploy", f"--{name}", secret, "now"],
    "arguments of curl": lambda name, secret: ["curl", "-u", f"me:{secret}", "http://h"],
    "arguments, one": lambda name, secret: ["deploy", "-v", f"--{name}={secret}", "now"],
    "arguments, assigned": lambda name, secret: ["docker", f"--env={name}={secret}", "now"],
    "environment": lambda name, secret: ["PATH=/bin", f"{name}={secret}"],
    "JSON in a text": lambda name, secret: json.dumps({"a": [{name: secret, "n": 1}]}),
    "JSON in JSON": lambda name, secret: json.dumps({"body": json.dumps({name: secret})}),
    "JSON list": lambda name, secret: json.dumps({name: [1, [secret], {"a": secret}]}),
    "JSON, name and value": lambda name, secret: json.dumps({"key": name, "value": secret}),
    "JSON, name, type and value": lambda name, secret: json.dumps(
        {"name": name, "type": "str", "n": 1, "value": [secret]}
    ),
    "JSON, pair": lambda name, secret: json.dumps([name, secret]),
    "repr of a dict": lambda name, secret: f"got { ({name: secret, 'n': 1})!r}",
    "repr of containers": lambda name, secret: f"got { ({name: (secret, [secret])})!r}",
    "repr of a query dict": lambda name, secret: f"<QueryDict: { ({name: [secret]})!r}>",
    "repr of headers": lambda name, secret: f"{[(b'a', b'b'), (name.encode(), secret.encode())]!r}",
    "repr of arguments": lambda name, secret: f"Command {['a', f'--{name}', secret]!r} failed",
    "form": lambda name, secret: Form(("user", "me"), (name, secret)),
    "exceptions": in_exceptions,
    "text of an exception": lambda name, secret: str(ValueError(f"bad {name}: {secret!r}")),
    "keyword": lambda name, secret: f"login({name.replace('-', '_')}={secret!r}, n=1)",
}
BARE: dict[str, Callable[[str, str], object]] = {
    "header, in a list": lambda name, secret: ["curl", "-H", f"{name}: {secret}"],
    "message": lambda name, secret: f"login with {name}={secret} failed",
    "argument": lambda name, secret: "login with {}={} failed".format(*(name, secret)),
    "YAML": lambda name, secret: f"user: me\n{name}: {secret}\nhost: h",
    "query": lambda name, secret: f"GET /a?b=c&{name}={secret}&d=e",
    "header": lambda name, secret: f"{name}: {secret}",
    "command": lambda name, secret: f"deploy --{name} {secret} now",
}
ALONE: dict[str, Callable[[str], object]] = {
    "message": lambda secret: f"refused {secret}",
    "value": lambda secret: secret,
    "key": lambda secret: {secret: 1},
    "list": lambda secret: ["a", [secret]],
    "bytes": lambda secret: {"body": secret.encode()},
    "JSON": lambda secret: json.dumps({"detail": [secret]}),
    "path": lambda secret: f"GET /hooks/{secret}/a",
    "exception": lambda secret: KeyError(secret),
    "object": lambda secret: Form(("user", secret)),
}


def assert_redacted(secret: str, given: object) -> None:
    shown = json.dumps(redact_value(given), ensure_ascii=False)
    for part in re.split(r"[\s'\\]", secret):
        assert_gone(part, shown)
    if isinstance(given, str):
        assert redact(redact(given)) == redact(given), f"redacting twice changes {given}"


@pytest.mark.parametrize("carrier", QUOTED)
def test_a_value_under_a_secret_name_is_redacted_whatever_carries_it(carrier: str) -> None:
    for make in (*PASSWORDS.values(), *SPACED.values(), *TOKENS.values()):
        for name in NAMES:
            secret = make()
            assert_redacted(secret, QUOTED[carrier](name, secret))


@pytest.mark.parametrize("carrier", BARE)
def test_a_value_after_a_secret_name_is_redacted_in_any_text(carrier: str) -> None:
    for make in (*PASSWORDS.values(), *TOKENS.values()):
        for name in NAMES:
            secret = make()
            assert_redacted(secret, BARE[carrier](name, secret))


@pytest.mark.parametrize("carrier", ALONE)
def test_a_token_is_redacted_whatever_carries_it(carrier: str) -> None:
    for make in TOKENS.values():
        secret = make()
        assert_redacted(secret, ALONE[carrier](secret))


def test_what_is_beside_a_secret_is_kept() -> None:
    given = {"headers": [["x-api-key", "a1"], ["host", "h"]], "argv": ["a", "--pin", "7734", "b"]}

    shown = {"headers": [["x-api-key", "[redacted]"], ["host", "h"]]}
    assert redact_value(given) == shown | {"argv": ["a", "--pin", "[redacted]", "b"]}
    limit = {"kind": "token", "max_value": 3000}
    assert (redact_value(limit), redact(str(limit))) == (limit, str(limit))


@pytest.mark.parametrize("carrier", ["JSON in a text", "JSON list", "JSON, name, type and value"])
def test_json_stays_json(carrier: str) -> None:
    for make in (*PASSWORDS.values(), *SPACED.values()):
        for name in NAMES:
            shown = redact(QUOTED[carrier](name, make()))  # type: ignore[arg-type]
            assert json.loads(shown), f"{carrier}: {shown}"
    assert json.loads(redact('{"key": "pin", "value": 1234}'))["value"] == "[redacted]"
    assert json.loads(redact('{"pin": 1234, "b": [1]}')) == {"pin": "[redacted]", "b": [1]}
