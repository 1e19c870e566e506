"""Redaction of any text: linear, idempotent, no piece of a secret at a cut, nothing raises."""

import dataclasses
import decimal
import enum
import json
import random
import re
import string
import time
import uuid
from collections import UserDict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from made import assert_gone, new_secret, pieces
from observability import names, redaction
from observability.patterns import PLACES, PROVIDERS
from observability.redaction import CUT, MAX_TEXT, REDACTED, clean_text, redact, redact_value

PREFIXES = [
    prefix
    for entries, *_ in PROVIDERS
    for entry in entries.split(";")
    for prefix in entry.partition(": ")[2].split()
]
HINTS = [hint for _, hints, *_ in PLACES for hint in hints.split("|")]


CROSSING: dict[str, Callable[[], str]] = {
    "key=value": lambda: "password=" + new_secret(),
    "quoted, and never ended": lambda: 'password="' + new_secret(900),
    "list that never ends": lambda: f'"token": ["{new_secret(30)}", "{new_secret(900)}',
    "URL": lambda: f"redis://user:{new_secret()}@cache:6379/0",
    "header": lambda: "Authorization: Bearer " + new_secret(200),
    "token of a provider": lambda: "ghp_" + new_secret(36),
    "long token": lambda: f"eyJ{new_secret(40)}.eyJ{new_secret(400)}.{new_secret(86)}",
    "private key that never ends": lambda: f"-----BEGIN PRIVATE KEY-----\n{new_secret(1600)}",
    "card": lambda: "4111111111111111",
    "e-mail address": lambda: "ada.with.a.name@example.test",
}


@pytest.mark.parametrize("kind", CROSSING)
@pytest.mark.parametrize("limit", [80, 1024])
def test_no_piece_of_a_secret_survives_at_a_cut(kind: str, limit: int) -> None:
    secret = CROSSING[kind]()
    whole = pieces(secret) - pieces(redact(secret)) - pieces("-----BEGIN PRIVATE KEY-----")
    for offset in range(max(0, limit - 60), limit + 10):
        shown = clean_text("x" * (offset - 1) + " " + secret + " and more" * 200, limit)

        left = [piece for piece in whole if piece in shown]
        assert not left, f"{left[0]!r} of {secret!r} is left where it begins at {offset}"
        assert len(shown) <= limit
        assert shown.endswith(CUT)


def test_what_is_redacted_before_a_cut_moves_no_piece_into_it() -> None:
    for seen in range(4, 30):
        secret = new_secret(36)
        head = f"password={new_secret(700)} "
        text = head + "x" * (1024 + redaction.OVERLAP - len(head) - seen - 1) + f" ghp_{secret}"

        assert_gone(secret, clean_text(text, 1024))


def bits() -> list[str]:
    signs = [*string.punctuation, *" \n7aZé", "\\n", "://", "%40", REDACTED]
    starts = ["password=", 'token="', "secret: '", "Bearer ", "4111 ", "DE89 ", "value="]
    return [*PREFIXES, *HINTS, *signs, *starts]


def test_redacting_twice_changes_nothing_of_any_text() -> None:
    chance, found = random.Random("twice"), bits()
    for _ in range(3000):
        text = "".join([*chance.choices(found, k=5), new_secret(12), *chance.choices(found, k=5)])
        once = redact(text)
        assert redact(once) == once, f"{text!r} -> {once!r} -> {redact(once)!r}"


def hostile() -> Iterator[str]:
    for prefix in PREFIXES:
        yield from (prefix, f"{prefix}0a")
    for bit in {*bits()} - {*PREFIXES}:
        yield from (bit, f"{bit} ", f"a{bit}")
    yield from ("a b ", "a:b@", "a@b.", "a://a:", "a://a@", "<a>", "'a', ", '"a","', "a:/a:")
    yield from ("[type=a, input_value=", "Command # 1 (a ", "Authorization: digest a=", "token=[")
    yield from ("identified by ", "curl -u a:", "redis-cli -", "--token ", "password=''", "token=(")
    yield from ("password=a,", "-----BEGIN PRIVATE KEY-----", "a: | ", "{'token': ", "token=['")
    yield from ("login a password ", "%3a%2f%2fa", "setuser a ", "set password for a ", "mysql -")
    yield from ("auth('a',", "token a1", "token 'a", "key[", "set a ", "--a ", "key: a =", "key (a")
    yield from ("?code=", "signature: t=1,", "[SQL: a", "(a) values ", "<input name=", "'loc': (a)")
    yield from ("heroku:", "dsn=a://", "M", "+", "00D", "token='\\\\'", "form-data; name=")


def cost(text: str) -> float:
    """Seconds of processor time, the least of two tries."""
    tries = []
    for _ in range(2):
        started = time.process_time()
        redact(text)
        tries.append(time.process_time() - started)
    return min(tries)


def test_the_cost_of_a_text_is_linear_in_its_length() -> None:
    """Three doublings at once, so that a clock can tell 27 times as much from less."""
    for prefix in hostile():
        for _ in range(3):  # measured again: the machine may have been busy
            once, eightfold = [cost(prefix * (size // len(prefix))) for size in (2048, 16_384)]
            if eightfold < 27 * max(once, 0.0005):
                break
        else:
            pytest.fail(f"{prefix!r} repeated: {once} s for 2 KB, {eightfold} s for 16 KB")


def test_no_text_makes_redaction_raise() -> None:
    chance, found = random.Random("fuzz"), [*bits(), "\ud800", "\x00", "İ", "ß", "\u2028"]
    for _ in range(3000):
        text = "".join(chance.choices(found, k=chance.randrange(1, 40)))
        clean_text(text, chance.choice((8, 40, 300))).encode()
        json.dumps(redact_value({text: [text, {"a": (text, text)}]}), allow_nan=False).encode()


def test_the_texts_found_clean_are_bounded() -> None:
    for number in range(10_000):
        redact(f"draft {number}")
        redact("x" * 300 + str(number))

    assert len(redaction._clean) <= 4096
    assert max(map(len, redaction._clean)) <= 256


@pytest.fixture
def own_patterns() -> Iterator[None]:
    yield
    for added in (names.own_patterns, names._own_names, names._kept_names):
        added.clear()
    for clear in names.caches:
        clear()
    names.certainty.cache_clear()


@pytest.mark.usefixtures("own_patterns")
@pytest.mark.parametrize("pattern", [r"\bB\d{2}-\d{4}\b", re.compile(r"b\d{2}-\d{4}", re.I)])
def test_an_owners_patterns_and_names_are_redacted_and_kept_names_are_not(
    pattern: str | re.Pattern[str],
) -> None:
    assert redact("badge B17-0042 seen") == "badge B17-0042 seen"

    redaction.redact_also(
        patterns=[pattern], names=["locker combination"], keep=["room_key", "token"]
    )

    assert redact("badge B17-0042 seen") == f"badge {REDACTED} seen"
    secret = {"a": ["B17-0042"], "lockerCombination": "12-34", "gym_locker_combination_2": "5"}
    kept = {"room_key": "r-7", "csrf_token": "t-1"}
    shown = {"a": [REDACTED], **dict.fromkeys([*secret][1:], REDACTED), **kept}
    assert redact_value(secret | kept) == shown
    redaction._clean.clear()


@pytest.mark.usefixtures("own_patterns")
@pytest.mark.parametrize("pattern", ["(", None, 7])
def test_what_is_no_pattern_of_an_owner_is_refused_and_nothing_is_added(pattern: Any) -> None:
    with pytest.raises((re.error, TypeError)):
        redaction.redact_also(patterns=["a", pattern], names=["locker"])

    assert names.own_patterns == []
    assert redact_value({"locker": "a"}) == {"locker": "a"}


class Raising:
    def __str__(self) -> str:
        raise ValueError("in __str__")

    __repr__ = __str__


class Colour(enum.StrEnum):
    RED = "red"


@dataclasses.dataclass
class Login:
    user: str
    password: str


VALUES: dict[str, tuple[object, object]] = {
    "text": ("a", "a"),
    "integers": ([1, -(2**63) + 1, True], [1, -(2**63) + 1, True]),
    "integer of more than 64 bits": (2**70, str(2**70)),
    "integer that has no text": (10**5000, "<int: ValueError in __str__>"),
    "floats": ([1.5, float("nan"), float("inf")], [1.5, "nan", "inf"]),
    "bytes": (b"secret bytes", "<12 bytes>"),
    "time": (datetime(2024, 1, 2, tzinfo=UTC), "2024-01-02 00:00:00+00:00"),
    "mapping": (UserDict(a={"b": (1, 2)}), {"a": {"b": [1, 2]}}),
    "lone surrogate": ("lone \ud800", "lone \\ud800"),
    "UUID": (uuid.UUID(int=5), str(uuid.UUID(int=5))),
    "decimal": (decimal.Decimal("1.50"), "1.50"),
    "enumeration": ([Colour.RED], ["red"]),
    "dataclass": (Login("me", "a b"), f"Login(user='me', password='{REDACTED}')"),
    "exception": (ValueError("token=abc123"), f"token={REDACTED}"),
    "raises": (Raising(), "<Raising: ValueError in __str__>"),
    "none and boolean": ({"token": None, "pin": True}, {"token": None, "pin": True}),
    "keys": ({1: 1, "token=abc123": 2, b"a": 3}, {"1": 1, f"token={REDACTED}": REDACTED, "a": 3}),
    "items": (list(range(150)), list(range(100))),
    "long text": ("x" * 10_000, "x" * (MAX_TEXT - len(CUT)) + CUT),
}


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_becomes_redacted_json(kind: str) -> None:
    value, shown = VALUES[kind]

    got = redact_value(value)

    assert got == shown
    json.dumps(got, allow_nan=False)


def test_the_depth_of_a_value_is_bounded_and_fields_are_judged_as_one_mapping() -> None:
    value: Any = {}
    value["self"] = value
    assert json.dumps(redact_value(value)).count("self") == 11
    assert "<dict>" in json.dumps(redact_value(value))

    fields = {"key": "db_password", "value": "a", "n": 1}
    assert redaction.redact_fields(fields) == fields | {"value": REDACTED}


def test_objects_within_objects_are_bounded_once_their_names_are_known() -> None:
    shown: Any = {f"known{number}": "a" for number in range(100)}
    redaction.redact_fields(shown)

    for _ in range(9):
        shown = dict.fromkeys(shown, shown)

    assert len(json.dumps(redaction.redact_fields(shown))) < 100_000


@pytest.mark.parametrize("module", ["names", "patterns", "redaction"])
def test_no_group_is_possessive(module: str) -> None:
    """Python 3.11.2, that of Debian 12, matches them wrongly, and secrets stay."""
    text = (Path(names.__file__).parent / f"{module}.py").read_text(encoding="utf-8")

    assert re.findall(r"\)[+*?}]\+", text) == []
