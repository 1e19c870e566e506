"""Values of every hostile kind in every place: one valid line each, and nothing is raised."""

import json
import re
from collections import Counter

import pytest
from children import Ended, run

UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)

VALUES = r"""
import array, collections, dataclasses, datetime, decimal, enum, itertools, math, types

def raising(error, name="__str__"):
    def fail(self, *_):
        raise error
    return type("Raising", (), {name: fail, "__repr__": fail})()

def iterated_by(items):
    class Odd(collections.abc.Mapping):
        def __getitem__(self, key): raise KeyError(key)
        def __iter__(self): raise RuntimeError("no keys")
        def __len__(self): return 10**9
        def items(self): return items()
    return Odd()

class Recursive:
    def __str__(self): return str(self)
    __repr__ = __str__

class Text(str):
    def __str__(self): raise RuntimeError("no text")
    def __hash__(self): raise RuntimeError("no hash")

class LyingInt(int):
    def __int__(self): raise RuntimeError("no number")
    __abs__ = __str__ = __int__

class Colour(enum.Enum):
    RED = "red"

@dataclasses.dataclass
class Point:
    x: int
    y: object

def nested(depth, make):
    value = "core"
    for _ in range(depth):
        value = make(value)
    return value

cycle_list = []; cycle_list.append(cycle_list)
cycle_dict = {}; cycle_dict["me"] = cycle_dict
wide_cycle = []; wide_cycle.extend([wide_cycle] * 100)
point = Point(1, None); point.y = point

VALUES = {
    "nan": math.nan, "minus inf": -math.inf, "tiny": 5e-324, "complex": complex(1, math.nan),
    "int 64": 2**63, "int 5000 digits": 10**5000, "lying": LyingInt(7), "empty": "", "none": None,
    "decimal nan": decimal.Decimal("sNaN"), "decimal": decimal.Decimal("1e5000"),
    "nul": "a\0b", "newline": "a\r\nFAKE LINE", "separators": "a\tb\x0b\x0c\x1c\b\x7f",
    "ansi": "\x1b[2J\x1b[31mred\x1b]0;title\x07", "c1": "\x9b31m\x85next",
    "line separator": "a\u2028FAKE\u2029LINE", "bidi": "\u202etxt.exe\u202c\u2066a\u2069",
    "marks": "\u200e\u200f\u061c\ufeffa", "high surrogate": "a\ud800", "low surrogate": "\udfffa",
    "surrogate pair": "\ud83d\ude00", "non-character": "\uffff\ufffe\U0010ffff",
    "combining": "e" + "\u0301" * 500, "quotes": '"}, {"level":"FAKE', "backslashes": "\\" * 9001,
    "percent": "100% %s %d %(name)s %", "width": "%1000000000d", "precision": "%.1000000000f",
    "star": "%*d", "width by name": "%(a)1000000000d", "braces": "{0} {name} {!r}",
    "10 MB": "m" * 10_000_000, "10 MB of é": "é" * 5_000_000, "1 MB of NUL": "\0" * 1_000_000,
    "1 MB of surrogates": "\ud800" * 1_000_000, "1 MB of quotes": '"' * 1_000_000,
    "bytes": b"\x00\xff", "10 MB of bytes": bytes(10_000_000), "memoryview": memoryview(b"abc"),
    "array": array.array("d", [math.nan]), "datetime": datetime.datetime(2024, 2, 29),
    "enum": Colour.RED, "module": math, "generator": (n for n in range(9)), "type": str,
    "endless": itertools.count(), "range": range(10**12), "lock": threading.Lock(),
    "exception": ValueError("a\n"), "dataclass": point,
    "group": ExceptionGroup("g", [ValueError("x" * 9999)]),
    "cyclic list": cycle_list, "cyclic dict": cycle_dict, "wide cycle": wide_cycle,
    "doubling": nested(60, lambda value: (value, value)),
    "deep list": nested(100_000, lambda v: [v]), "deep dict": nested(100_000, lambda v: {"k": v}),
    "long list": list(range(100_000)), "long dict": dict.fromkeys(range(100_000)),
    "set": {1, "a", None}, "texts": ["m" * 8000] * 200, "deque": collections.deque([1] * 10**5),
    "proxy": types.MappingProxyType({"a": math.nan}), "namespace": types.SimpleNamespace(a=1),
    "odd keys": {None: 1, (1, 2): 2, b"k": 3, 1.5: 4, math.nan: 5, "": 6, 1: "a", "1": "b"},
    "hostile keys": {raising(RuntimeError("no")): 1, "\n": 2, "\ud800": 3, "k" * 1_000_000: 4},
    "named tuple": collections.namedtuple("Pair", "a b")(1, [2]),
    "raising mapping": iterated_by(lambda: 1 / 0), "odd mapping": iterated_by(lambda: [1, 2]),
    "endless mapping": iterated_by(lambda: zip(itertools.count(), itertools.cycle("a"))),
    "str raises": raising(RuntimeError("no")), "str cancels": raising(asyncio.CancelledError()),
    "str exits generator": raising(GeneratorExit()), "str of memory": raising(MemoryError()),
    "str recurses": Recursive(), "str gives int": type("S", (), {"__str__": lambda s: 1})(),
    "bool raises": raising(RuntimeError("no"), "__bool__"), "hostile str": Text("text"),
    "len raises": raising(RuntimeError("no"), "__len__"),
    "eq raises": raising(RuntimeError("no"), "__eq__"),
}
"""

CALLS = r"""
def named(value):
    try:
        return {value: 1}
    except Exception:  # it has no hash
        return {repr(type(value)): 1}

def in_context(value):
    with log_context(given=value):
        logger.info("In context")

PLACES = {
    "message": lambda value: logger.info(value),
    "plain message": lambda value: plain.info(value, 10**9, 1),
    "argument": lambda value: logger.info("Given %s %r", value, value),
    "plain argument": lambda value: plain.info("Given %d", value),
    "field": lambda value: logger.info("Field", field={"list": [value]}, session_id=value),
    "plain field": lambda value: plain.info("Field", extra={"field": value, "duration_ms": value}),
    "name": lambda value: logger.info("Name", extra=named(value)),
    "context": in_context,
    "exception": lambda value: logger.error("Failed", exc_info=ValueError(value)),
    "plain exception": lambda value: plain.error("Failed", exc_info=KeyError(value)),
}
AS_VALUE = {"field", "plain field", "context"}
called = 0
for place, call in PLACES.items():
    for name, value in VALUES.items():
        if name == "doubling" and place not in AS_VALUE:
            continue  # its text has 2**60 characters, which Python itself would make
        called += 1
        with unit_of_work(case=f"{place} / {name}"):
            try:
                call(value)
            except BaseException as error:
                os.write(2, f"{place} / {name}: {type(error).__name__} raised\n".encode())
os.write(2, b"%d called" % called)
"""


@pytest.fixture(scope="module")
def done() -> Ended:
    return run(VALUES + CALLS)


def test_no_value_raises_into_the_caller(done: Ended) -> None:
    assert re.fullmatch(r"\d{3,} called", done.errors), done.errors


def test_each_call_is_one_valid_line(done: Ended) -> None:
    lines = done.output.split("\n")
    assert lines.pop() == ""

    cases: Counter[str] = Counter()
    unreadable = 0
    for line in lines:
        assert len(line.encode()) < 4096, f"{len(line.encode())} bytes: {line[:300]}"
        assert not (raw := UNSAFE.search(line)), f"{raw[0]!r} is raw in {line[:300]}"
        record = json.loads(line, parse_constant=pytest.fail)
        unreadable += record["message"] == "Record unreadable"
        cases[record.get("case", "")] += record["message"] != "Record unreadable"
    assert len(lines) == int(done.errors.split()[0]), "a call has no line, or more than one"
    assert [case for case, count in cases.items() if case and count != 1] == []
    assert unreadable < 20, "more are unreadable than containers that raise"
