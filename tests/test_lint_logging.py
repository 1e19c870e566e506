"""What tools/lint_logging.py of a service finds in calls that log, where, and what it lets pass."""

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent

import pytest
import yaml
from commands import commit, git, run, uv_executable
from conftest import MakeService, Rendered
from linting.catalogue import catalogue, event_of, members_of, table
from linting.command_line import main
from linting.names import Names
from linting.optouts import applied
from linting.rules import RULES, Rules
from linting.sources import Source
from releases import ROOT
from services import Service, choices
from sharing import Workshop

OBSERVABILITY = ROOT / "template" / "{{ within or '.' }}" / "observability"

Found = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def names() -> Names:
    return Names(OBSERVABILITY)


@pytest.fixture
def found(tmp_path: Path, names: Names) -> Found:
    """`LINE:COLUMN CODE` of each finding in a piece of code."""

    def lint(code: str) -> list[str]:
        path = tmp_path / "code.py"
        path.write_text(dedent(code), encoding="utf-8")
        source = Source(path, path.name)
        findings = sorted(applied(source, Rules(source, names).findings()))
        return [f"{one.line}:{one.column} {one.code}" for one in findings]

    return lint


def codes(findings: list[str]) -> list[str]:
    return [one.partition(" ")[2] for one in findings]


GET = "from orders.observability import get_logger\nlogger = get_logger(__name__)\n"

# How a name comes to be a logger, and what is called on it.
LOGGERS = {
    "get_logger": (GET, "logger"),
    "getLogger": ("import logging\nlog = logging.getLogger('orders')\n", "log"),
    "of another name": ("import logging as l\nrecords = l.getLogger()\n", "records"),
    "imported function": ("from logging import getLogger as of\nlog = of('a')\n", "log"),
    "logging itself": ("import logging\n", "logging"),
    "imported method": ("from logging import error, info, warning, critical\n", ""),
    "without a name": ("import logging\n", "logging.getLogger('a')"),
    "audit": ("from orders.observability import audit_logger\n", "audit_logger"),
    "imported": ("from orders.redis import logger\n", "logger"),
    "adapter": ("import logging\nlog = logging.LoggerAdapter(logging.getLogger())\n", "log"),
    "child": (GET + "parser = logger.getChild('parser')\n", "parser"),
    "of structlog": (GET + "bound = logger.bind(order_id=1)\n", "bound"),
    "of an application": ("from flask import Flask\napp = Flask('orders')\n", "app.logger"),
    "chosen": (GET + "import sys\nlog = logger if sys.argv else get_logger('b')\n", "log"),
    "imported log": ("from orders.logs import log\n", "log"),
    "of Celery": (
        "from celery.utils.log import get_task_logger\nlog = get_task_logger(__name__)\n",
        "log",
    ),
    "annotated": (GET + "log: object = get_logger('a')\n", "log"),
}


@pytest.mark.parametrize("method", ["info", "warning", "error", "critical"])
@pytest.mark.parametrize("how", LOGGERS)
def test_a_call_that_logs_is_known_by_where_its_logger_comes_from(
    found: Found, how: str, method: str
) -> None:
    begin, logger = LOGGERS[how]
    call = f"{logger}.{method}" if logger else method

    assert codes(found(begin + f'{call}(f"Order {{1}} placed")\n')) == ["OBS001"]
    assert found(begin + f'{call}("Order placed", order_id=1)\n') == []


@pytest.mark.parametrize(
    "code",
    [
        "class Shop:\n    def __init__(self):\n        self.told = get_logger('a')\n"
        "    def sell(self):\n        self.told.info(f'Sold {self}')\n",
        "class Shop:\n    told = get_logger('a')\n"
        "    def sell(self):\n        self.told.info(f'Sold {self}')\n",
        "def sell(told: logging.Logger) -> None:\n    told.info(f'Sold {1}')\n",
        "def sell(told: 'logging.Logger | None') -> None:\n    told.info(f'Sold {1}')\n",
        "def sell(logger) -> None:\n    logger.info(f'Sold {1}')\n",
        "def sell() -> None:\n    global told\n    told.info(f'Sold {1}')\n"
        "told = get_logger('a')\n",
        "write = logger.info if __debug__ else logger.error\nwrite(f'Sold {1}')\n",
        "write = partial(logger.error, exc_info=True)\nwrite(f'Sold {1}')\n",
        "if (told := get_logger('a')):\n    told.info(f'Sold {1}')\n",
        "async def sell():\n    await audit_logger.info_from_thread(f'Sold {1}')\n",
        "logger.log(logging.INFO, f'Sold {1}')\n",
        "logger.log(level=20, msg=f'Sold {1}')\n",
        "class Shop:\n    def told(self, message, **fields):\n"
        "        logger.info(message, **fields)\n"
        "    def sell(self):\n        self.told(f'Sold {1}')\n",
        "logger.info((text := f'Sold {1}'))\n",
        "def told(text):\n    logger.info(text)\ntold(text=f'Sold {1}')\n",
    ],
)
def test_a_logger_is_followed_to_where_it_is_used(found: Found, code: str) -> None:
    begin = GET + "import logging\nfrom functools import partial\n"
    begin += "from orders.observability import audit_logger\n"

    assert codes(found(begin + code)) == ["OBS001"]


@pytest.mark.parametrize(
    "code",
    [
        "from rich.console import Console\nlog = Console()\nlog.info(f'{1}')\n",
        "def show(window) -> None:\n    window.info(f'{1}', password=1)\n",
        "import math as log\nlog.log(f'{1}')\n",
        "from math import log\nlog(2, 10)\n",
        "log = []\nlog.error(f'{1}')\n",
        "class Form:\n    def error(self, text):\n        self.error(f'{text}')\n",
        "parser.error(f'{1}')\n",
        "messages.info(request, f'{1}')\n",
        "import warnings\nwarnings.warn(f'{1}')\n",
        GET + "def show(logger: Window) -> None:\n    logger.info(f'{1}')\n",
        GET + "def show() -> None:\n    logger = Window()\n    logger.info(f'{1}')\n",
        GET + "logger.setLevel(f'{1}')\nlogger.handle(1)\nlogger.isEnabledFor(10)\n",
        "class A:\n    info = 1\n    def f(self, error):\n        return self.info.error(f'{1}')\n",
    ],
)
def test_what_only_looks_like_a_call_that_logs_is_left_alone(found: Found, code: str) -> None:
    assert found(code) == []


BUILT = {
    'f"Order {order_id} placed"': "an f-string",
    '"Order %s placed" % order_id': "%",
    '"Order %(id)s" % {"id": order_id}': "%",
    '"Order " + order_id': "+",
    '"Order " + str(order_id) + " placed"': "+",
    "PREFIX + order_id": "+",
    '"Order {} placed".format(order_id)': "format",
    "TEXT.format(order_id)": "format",
    '" ".join(["Order", order_id])': "join",
    "str(order_id)": "call",
    "describe(order_id)": "call",
    '"Order placed" if order_id else f"Order {order_id}"': "f-string",
    'order_id or f"{order_id}"': "f-string",
}
CONSTANT = [
    '"Order placed"',
    '"Order %s placed", order_id',
    '"Order " "placed"',
    '"Order " + "placed"',
    '"Order placed" if order_id else "Order refused"',
    "f'Order placed'",
    "PREFIX + SUFFIX",
    "PREFIX",
    "MESSAGES[order_id]",
    "events.PLACED",
    "PLACED.strip()",
    "order_id",  # a parameter: its callers decide
    '_("Order placed")',
    '"100 %"',
    "5",
    "",
]


@pytest.mark.parametrize("built", BUILT)
def test_a_message_that_is_built_is_found_where_it_stands(found: Found, built: str) -> None:
    begin = GET + "def place(order_id):\n"

    assert found(begin + f"    logger.info({built})\n") == ["4:17 OBS001"]
    kept = f"    text = {built}\n    logger.info(text, order_id=1)\n"
    assert found(begin + kept) == ["5:17 OBS001"]


@pytest.mark.parametrize("constant", CONSTANT)
def test_a_message_that_is_constant_is_not(found: Found, constant: str) -> None:
    assert found(GET + f"def place(order_id):\n    logger.info({constant})\n") == []


def test_the_exception_is_no_message(found: Found) -> None:
    code = "try:\n    place()\nexcept ValueError as error:\n    logger.warning(error)\n"

    assert found(GET + code) == ["6:20 OBS001"]


def test_what_a_wrapper_gives_is_found_once(found: Found) -> None:
    code = "def told(text):\n    logger.info(text, password=1)\ntold('Sold')\ntold('Bought')\n"

    assert found(GET + code) == ["4:23 OBS002"]


def test_a_name_that_leads_back_to_itself_ends(found: Found) -> None:
    turns = "".join(f"text = text if {n} else other\nother = text or other\n" for n in range(30))
    loops = "log = log or told\ntold = log\nlog.info(told)\n" + turns + "logger.info(text)\n"
    loops += "part = api_key[:2] + part\nlogger.info('Order placed', given=part, **loops)\n"
    loops += "loops = {**loops}\nloops = loops | loops\n"

    assert codes(found(GET + loops)) == ["OBS005"]


SECRET = ["password", "api_key", "dbPassword", "refresh_token", "database_url", "card_number"]
HARMLESS = ["password_length", "api_key_id", "token_count", "order_id", "url", "keyboard"]

FIELDS = {
    "keyword": ("logger.info('Order placed', {}=1)", 29),
    "extra": ("logger.info('Order placed', extra={{'{}': 1}})", 36),
    "dict": ("logger.info('Order placed', extra=dict({}=1))", 40),
    "splat": ("logger.info('Order placed', **{{'a': 1, '{}': 1}})", 40),
    "bind": ("bind({}=1)", 6),
    "context": ("with log_context({}=1): pass", 18),
    "slow": ("with slow_operation('report', {}=1): pass", 31),
}
CONTEXT = "from orders.observability import bind, log_context, slow_operation\n"


@pytest.mark.parametrize("name", SECRET)
@pytest.mark.parametrize("where", FIELDS)
def test_a_field_named_like_a_secret_is_found(found: Found, where: str, name: str) -> None:
    code, column = FIELDS[where]

    assert found(GET + CONTEXT + code.format(name) + "\n") == [f"4:{column} OBS002"]


@pytest.mark.parametrize("name", HARMLESS)
@pytest.mark.parametrize("where", FIELDS)
def test_a_field_that_only_describes_one_is_not(found: Found, where: str, name: str) -> None:
    assert found(GET + CONTEXT + FIELDS[where][0].format(name) + "\n") == []


def test_a_bind_of_somebody_else_is_not_of_the_context(found: Found) -> None:
    assert found("from sqlalchemy import bind\nbind(password=1)\nsocket.bind(api_key=2)\n") == []


RECEIVE = {
    "while True": "while True:\n    item = await websocket.receive_text()\n",
    "while with a test": "while data := reader.read(4096):\n    count += 1\n",
    "queue": "while not stop.is_set():\n    job = await asyncio.wait_for(queue.get(), 1)\n",
    "socket": "while True:\n    data = self.sock.recv(4096)\n",
    "consumer": "while True:\n    records = consumer.poll(1.0)\n",
    "pubsub": "while True:\n    message = pubsub.get_message()\n",
    "stream of Redis": "while True:\n    items = await client.xread({'orders': '$'})\n",
    "async for": "async for message in websocket:\n    count += 1\n",
    "attribute": "async for message in self.consumer:\n    count += 1\n",
    "iterator": "async for chunk in response.aiter_bytes():\n    count += 1\n",
    "for": "for message in consumer:\n    count += 1\n",
    "iterator of a queue": "async for message in queue.iterator():\n    count += 1\n",
    "records of a consumer": "for record in consumer.poll(1.0):\n    count += 1\n",
    "next of an iterator": "while True:\n    item = await anext(items)\n",
    "jobs": "while True:\n    job = await jobs.get()\n",
    "counted": "for number, chunk in enumerate(response.iter_content()):\n    count += 1\n",
}
OTHER_LOOPS = {
    "for": "for order in orders:\n    count += 1\n",
    "a list": "for message in messages:\n    count += 1\n",
    "retries": "while not connected:\n    connected = connect()\n",
    "a process": "while process.poll() is None:\n    time.sleep(1)\n",
    "a sensor": "while True:\n    value = sensor.read()\n",
    "a mapping": "while True:\n    value = settings.get('pause')\n",
    "async for": "async for attempt in retries():\n    count += 1\n",
    "a function within": "while True:\n    def later(): return websocket.receive()\n",
}


def in_loop(loop: str, *calls: str) -> str:
    body = "".join(indent(call, "    ") + "\n" for call in calls)
    return GET + "async def serve():\n" + indent(loop + body, "    ")


@pytest.mark.parametrize("loop", RECEIVE.values(), ids=RECEIVE.keys())
def test_a_line_per_item_that_is_received_is_found(found: Found, loop: str) -> None:
    assert found(in_loop(loop, "logger.info('Item received')")) == ["6:9 OBS003"]
    assert found(in_loop(loop, "logger.warning('Item received')")) == ["6:9 OBS003"]
    assert codes(found(in_loop(loop, "if item:\n    logger.info('Item')"))) == ["OBS003"]
    assert codes(found(in_loop(loop, "for part in item:\n    logger.info('Part')"))) == ["OBS003"]


@pytest.mark.parametrize(
    "call",
    [
        "logger.debug('Item received')",
        "logger.log(logging.DEBUG, 'Item received')",
        "audit_logger.info('Item sold')",
        "if item is None:\n    logger.info('Session ended')\n    break",
        "if item is None:\n    logger.warning('Session ended')\n    return",
        "if not item:\n    logger.warning('Item is empty')",
        "try:\n    use(item)\nexcept ValueError:\n    logger.exception('Item refused')",
        "match item:\n    case None:\n        logger.warning('Item is empty')",
        "with work('import'):\n    logger.info('Item imported')",
        "def tell():\n    logger.info('Item received')",
    ],
)
@pytest.mark.parametrize("loop", RECEIVE.values(), ids=RECEIVE.keys())
def test_what_does_not_come_with_every_item_is_not(found: Found, loop: str, call: str) -> None:
    begin = "import logging\nfrom orders.observability import audit_logger, work\n"

    assert found(begin + in_loop(loop, call)) == []


@pytest.mark.parametrize("loop", OTHER_LOOPS.values(), ids=OTHER_LOOPS.keys())
def test_a_loop_that_receives_nothing_may_log(found: Found, loop: str) -> None:
    assert found(in_loop(loop, "logger.info('Turn')")) == []


@pytest.mark.parametrize("loop", RECEIVE.values(), ids=RECEIVE.keys())
def test_a_summary_after_the_loop_is_what_is_wanted(found: Found, loop: str) -> None:
    code = in_loop(loop) + "    logger.info('Session finalized', total_chunks=count)\n"
    assert found(code) == []
    assert found(in_loop(loop + "else:\n", "logger.info('Session finalized')")) == []


def in_except(call: str, last: str = "pass") -> str:
    return (
        GET + f"import logging\ntry:\n    f()\nexcept OSError as error:\n    {call}\n    {last}\n"
    )


@pytest.mark.parametrize(
    ("call", "is_found"),
    [
        ("logger.error('Order failed')", True),
        ("logger.critical('Order failed', order_id=1)", True),
        ("logger.log(logging.ERROR, 'Order failed')", True),
        ("logger.error('Order failed', exc_info=False)", True),
        ("logger.error('Order failed', exc_info=None)", True),
        ("logger.error('Order failed', error=error)", True),
        ("if error.errno:\n        logger.error('Order failed')", True),
        ("(logger.info if error.errno else logger.error)('Order failed')", True),
        ("logger.exception('Order failed')", False),
        ("logger.error('Order failed', exc_info=True)", False),
        ("logger.error('Order failed', exc_info=error)", False),
        ("logger.error('Order failed', **fields)", False),
        ("logger.warning('Order is late')", False),
        ("logger.log(level, 'Order is late')", False),
        ("def later():\n        logger.error('Order failed')", False),
        ("partial(logger.error, exc_info=error)('Order failed')", False),
    ],
)
def test_an_error_in_an_except_block_has_its_exception(
    found: Found, call: str, is_found: bool
) -> None:
    for last in ("pass", "raise"):
        assert codes(found(in_except(call, last))) == ["OBS004"] * is_found


def test_an_error_elsewhere_needs_none(found: Found) -> None:
    code = "try:\n    f()\nexcept OSError:\n    pass\nelse:\n    logger.error('Order failed')\n"

    assert found(GET + code + "finally:\n    logger.error('Order failed')\n") == []


@pytest.mark.parametrize(
    "secret",
    [
        "api_key[:8]",
        "settings.redis_url[:20]",
        "password[-4:]",
        "str(api_key)[:4]",
        "settings.api_key.get_secret_value()[1:3]",
        'os.environ["API_KEY"][:4]',
        'os.environ.get("API_KEY", "")[:4]',
        'config["db"]["password"][:2]',
        '(api_key or "")[:4]',
    ],
)
def test_a_slice_of_a_secret_is_found_wherever_it_is_logged(found: Found, secret: str) -> None:
    assert found(GET + f"logger.info('Connected', with_key={secret})\n") == ["3:35 OBS005"]
    assert found(GET + f"logger.info('Connected %s', {secret})\n") == ["3:29 OBS005"]
    placed = f"logger.info('Connected', with_key=f'''{{{secret}}}...''')\n"
    assert codes(found(GET + placed)) == ["OBS005"]
    assert codes(found(GET + f"part = {secret}\nlogger.info('Connected', part=part)\n")) == [
        "OBS005"
    ]
    assert found(GET + f"logger.info('Connected', length=len({secret}))\n") == []


@pytest.mark.parametrize(
    "secret",
    [
        "password",
        "settings.api_key",
        "str(api_key)",
        "request.headers['Authorization']",
        "os.environ.get('API_KEY')",
    ],
)
def test_a_secret_under_another_name_is_found(found: Found, secret: str) -> None:
    assert found(GET + f"logger.info('Connected', value={secret})\n") == ["3:32 OBS005"]
    assert found(GET + f"logger.info('Connected %s', {secret})\n") == ["3:29 OBS005"]
    assert found(GET + f"logger.info('Connected', extra={{'a': {secret}}})\n") == ["3:38 OBS005"]
    assert found(GET + f"logger.info('Connected', length=len({secret}))\n") == []


@pytest.mark.parametrize(
    "value", ["text[:20]", "order_ids[:3]", "api_key_id[:4]", "tokens_used[1:]"]
)
def test_a_slice_of_something_else_is_not(found: Found, value: str) -> None:
    assert found(GET + f"logger.info('Connected', part={value})\n") == []


@pytest.mark.parametrize(
    ("event", "is_found"),
    [
        ('f"order_{state}"', True),
        ('"order_" + state', True),
        ("state", True),
        ("name_of(state)", True),
        ("order.event", True),
        ('"Order placed"', True),
        ('"order-placed"', True),
        ('"order_placed"', False),
        ('"order.placed"', False),
        ("AuditEvent.AUTHZ_FAIL", False),
        ("events.AuditEvent.AUTHZ_FAIL", False),
        ("ORDER_PLACED", False),
        ("Events.PLACED.value", False),
        ('"order_placed" if state else "order_refused"', False),
        ("AuditEvent.AUTHZ_FAIL if state else AuditEvent.AUTHZ_CHANGE", False),
    ],
)
def test_the_name_of_an_event_is_no_work_of_run_time(
    found: Found, event: str, is_found: bool
) -> None:
    begin = GET + "def place(state):\n"

    there = found(begin + f"    logger.info('Order placed', event={event})\n")
    assert there == ["4:39 OBS006"] * is_found
    there = found(begin + f"    logger.info('Order placed', extra={{'event': {event}}})\n")
    assert there == ["4:49 OBS006"] * is_found


def test_columns_are_characters(found: Found) -> None:
    assert found(GET + 'é = "ü"; logger.info("Größe geändert", password=1)\n') == ["3:40 OBS002"]


@pytest.mark.parametrize(
    ("comment", "left"),
    [
        ("# nolog: OBS001 the text is of the standard", []),
        ("# nolog: OBS001, OBS002 both are made up here", ["OBS008"]),
        ("# noqa: G004  # nolog: OBS001 the text is of the standard", []),
        ("# nolog: OBS001", ["OBS001", "OBS007"]),
        ("# nolog: OBS001 -", ["OBS001", "OBS007"]),
        ("# nolog", ["OBS001", "OBS007"]),
        ("# nolog: the text is of the standard", ["OBS001", "OBS007"]),
        ("# nolog: OBS002 the text is of the standard", ["OBS001", "OBS008"]),
        ("# nolog: XYZ001 the text is of the standard", ["OBS001", "OBS008"]),
        ("# no log of this yet", ["OBS001"]),
    ],
)
def test_an_opt_out_needs_a_rule_a_reason_and_a_use(
    found: Found, comment: str, left: list[str]
) -> None:
    assert sorted(codes(found(GET + f'logger.info(f"{{GET}}")  {comment}\n'))) == left


def test_an_opt_out_stands_on_any_line_of_its_call(found: Found) -> None:
    lines = ["logger.info(", '    f"{GET}",', "    order_id=1,", ")"]
    for place in range(len(lines)):
        here = [line + "  # nolog: OBS001 as told" * (n == place) for n, line in enumerate(lines)]
        assert found(GET + "\n".join(here) + "\n") == []
    before = "\n".join(["# nolog: OBS001 as told", *lines])
    assert codes(found(GET + before + "\n")) == ["OBS008", "OBS001"]


def test_an_opt_out_in_a_string_is_none(found: Found) -> None:
    assert found('text = """\n# nolog: OBS001\n"""\n') == []


def test_names_that_the_service_adds_or_keeps_count(tmp_path: Path) -> None:
    names = Names(OBSERVABILITY)
    path = tmp_path / "settings.py"
    path.write_text(
        "redact_also(names=['badge_no', 'far too many words in it'], keep={'layout_token'})\n"
        "redact_also(names=read(), patterns=['x'])\n"
    )

    assert (names.is_sensitive("badgeNo"), names.is_sensitive("layout_token")) == (False, True)
    names.learn([Source(path, "settings.py")])
    assert (names.is_sensitive("badgeNo"), names.is_sensitive("layout_token")) == (True, False)
    assert not Names(OBSERVABILITY).is_sensitive("badgeNo"), "one service's names are not another's"


def test_every_rule_is_told_of_in_the_how_to() -> None:
    page = (ROOT / "docs" / "how-to" / "lint-call-sites.md").read_text(encoding="utf-8")

    assert dict(re.findall(r"^\| (OBS\d+) \| ([^|]+) \|", page, re.MULTILINE)) == RULES


# The command


@pytest.fixture
def shop(service: Service) -> Service:
    """A service whose own code breaks three rules."""
    code = 'logger.info(f"Sold {1}", password=1)\nlogger.warning("Shelf is empty", shelf=3)\n'
    (service.source / "shop.py").write_text(GET + code)
    (service.source / "broken.py").write_text("def f(:\n")
    return service


def test_findings_are_a_line_each_by_path_and_place(
    shop: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([], shop.path) == 1

    said = capsys.readouterr()
    assert said.err == ""
    first, *others = said.out.splitlines()
    assert first.startswith("src/orders/broken.py:1:7: OBS009 it cannot be read as Python: ")
    assert others == [
        "src/orders/shop.py:3:13: OBS001 message is an f-string; make it constant text, and fields",
        "src/orders/shop.py:3:26: OBS002 field `password` is named like a secret;"
        " log an id or a length, or rename it",
    ]


def test_only_what_is_named_is_read(shop: Service, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(shop.source / "routes.py")], shop.path) == 0
    assert main([str(shop.source / "broken.py")], shop.path) == 1
    assert main([str(shop.source), str(shop.source / "broken.py")], shop.path) == 1

    said = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in said] == ["OBS009", "OBS009", "OBS001", "OBS002"]


def test_what_the_service_adds_and_keeps_holds_for_each_file(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    """A hook of pre-commit gives only the files of a commit."""
    (service.source / "names.py").write_text("redact_also(names=['badge_no'], keep=['token'])\n")
    path = service.source / "doors.py"
    path.write_text(GET + "logger.info('Door opened', badge_no=1, token=2)\n")

    assert main([str(path)], service.path) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert "`badge_no`" in line


def test_a_package_of_the_service_may_be_called_tools(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    (service.source / "tools").mkdir()
    (service.source / "tools" / "search.py").write_text(GET + 'logger.info(f"Found {1}")\n')

    assert main([], service.path) == 1
    assert capsys.readouterr().out.startswith("src/orders/tools/search.py:3:13: OBS001 ")


def test_a_file_that_cannot_be_read_makes_no_page_of_events(
    shop: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--events", "--write"], shop.path) == 1

    assert "src/orders/broken.py:1:7: OBS009" in capsys.readouterr().out
    assert not (shop.path / "docs" / "events.md").exists()


def test_help_says_what_the_rules_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])

    said = capsys.readouterr().out
    assert all(f"{code}  {what}" in said for code, what in RULES.items())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere"], "nowhere is no file"),
        (["--all"], "--all"),
        (["--write"], "give both"),
        (["--check"], "give both"),
        (["--events", "--write", "--check"], "not allowed with"),
        (["--events", "--write", "src"], "give no PATH"),
    ],
)
def test_bad_arguments_are_told_in_one_line(
    service: Service, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert main(arguments, service.path) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1, said.err
    assert told in said.err


@pytest.mark.parametrize("layout", ["src", "package", "modules"])
def test_existing_code_is_read_where_it_is(
    make_service: MakeService, capsys: pytest.CaptureFixture[str], layout: str
) -> None:
    service = make_service(start="existing", framework="fastapi", layout=layout)
    code = {"src": "src/orders", "package": "orders", "modules": "."}[layout]
    path = service.path / code / "sales.py"
    for file in (path, service.path / ".venv/lib/a.py", service.path / "tests/b.py"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(GET + 'logger.info(f"Sold {1}")\n')

    assert main([], service.path) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{path.relative_to(service.path).as_posix()}:3:13: OBS001 ")


# The catalogue


def test_the_catalogue_has_each_event_with_its_levels_fields_and_places(tmp_path: Path) -> None:
    code = """\
import logging
from orders.observability import AuditEvent, audit_logger, get_logger
logger = get_logger(__name__)
PLACED = "Order placed"

def sell(state, fields):
    logger.info("Order placed", order_id=1)
    logger.warning(PLACED, amount=2, extra={"event": "order_placed"})
    logger.info("Order %s shipped", state)
    logger.info("Order seen" if state else "Order lost", **fields)
    logger.log(logging.DEBUG, "Shelf read")
    logger.log(state, "Shelf-by-shelf count")
    audit_logger.info("Refused", event=AuditEvent.AUTHZ_FAIL, actor_id="u")
    audit_logger.info("Moved", event="moved.in" if state else "moved.out")
    logger.info(state)
"""
    path = tmp_path / "code.py"
    path.write_text(code)
    found = catalogue([Source(path, "code.py")], members_of(OBSERVABILITY / "events.py"))

    assert table(found, lines=True).splitlines()[2:] == [
        "| `authz_fail` | INFO | `actor_id` | Refused | code.py:13 |",
        "| `moved.in` | INFO | | Moved | code.py:14 |",
        "| `moved.out` | INFO | | Moved | code.py:14 |",
        "| `order_lost` | INFO | and more | Order lost | code.py:10 |",
        "| `order_placed` | INFO, WARNING | `amount`, `order_id` | Order placed |"
        " code.py:7, code.py:8 |",
        "| `order_seen` | INFO | and more | Order seen | code.py:10 |",
        "| `shelf_by_shelf_count` | any | | Shelf-by-shelf count | code.py:12 |",
        "| `shelf_read` | DEBUG | | Shelf read | code.py:11 |",
        "| | INFO | | Order %s shipped | code.py:9 |",
    ]


def test_the_page_of_events_is_written_and_held_to_the_calls(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    page = service.path / "docs" / "events.md"
    assert main(["--events", "--check"], service.path) == 0, "a page that nobody wrote is not wrong"

    assert main(["--events", "--write"], service.path) == 0
    text = page.read_text()
    assert "| `transcript_published` | INFO |" in text
    assert "request_completed" not in text, "the standard's events change with it, not by the owner"
    assert not re.search(r"\.py:\d", text), "a line that moves changes no event"
    assert main(["--events", "--check"], service.path) == 0

    routes = service.source / "routes.py"
    routes.write_text("\n" + routes.read_text())
    assert main(["--events", "--check"], service.path) == 0
    routes.write_text(routes.read_text() + 'logger.info("Order placed")\n')
    capsys.readouterr()
    assert main(["--events", "--check"], service.path) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.endswith("run `uv run tools/lint_logging.py --events --write`")


@pytest.mark.parametrize(
    ("framework", "redis"), [("fastapi", "none"), ("flask", "streams"), ("none", "streams")]
)
def test_the_events_of_the_standard_are_in_the_catalogue(
    make_service: MakeService,
    capsys: pytest.CaptureFixture[str],
    framework: str,
    redis: str,
) -> None:
    service = make_service(framework=framework, redis=redis)
    main(["--events"], service.path)
    own, _, standard = capsys.readouterr().out.partition("# The standard's")

    assert "| `transcript_published` | INFO |" in own
    wanted = {"application_ready", "audit_started", "logs_dropped", "logs_suppressed"}
    wanted |= set() if framework == "none" else {"request_completed"}
    wanted |= {"session_complete", "session_ended"} if framework == "fastapi" else set()
    wanted |= {"message_handled", "redis_operation_failed"} if redis == "streams" else set()
    assert wanted <= set(re.findall(r"^\| `([^`]+)`", standard, re.MULTILINE))


def test_a_message_names_its_event_as_the_service_has_it(rendered: Rendered) -> None:
    fields = rendered({})["src/orders/observability/fields.py"].decode()
    (pattern,) = re.findall(r'^_CONSTANT_TEXT = re\.compile\(r"(.+)"\)', fields, re.MULTILINE)
    (longest,) = re.findall(r"^MAX_EVENT = (\d+)", fields, re.MULTILINE)

    for text in (
        "Order placed",
        "a-B_c d",
        "Order %s",
        "",
        "1st",
        "A",
        "Größe",
        "A" * int(longest),
    ):
        named = re.fullmatch(pattern, text) and len(text) <= int(longest)
        assert event_of(text) == (text.lower().replace(" ", "_").replace("-", "_") if named else "")
    assert event_of("A" * (int(longest) + 1)) == ""


# In a service


@pytest.mark.parametrize("framework", choices("framework"))
def test_a_new_service_is_clean(
    make_service: MakeService, capsys: pytest.CaptureFixture[str], framework: str
) -> None:
    service = make_service(framework=framework, redis="streams")

    assert main([], service.path) == 0, capsys.readouterr().out


@pytest.fixture
def committing(service: Service, workshop: Workshop) -> Service:
    """A service in a repository, ready to run, with its hooks."""
    ready = workshop.installed("fastapi")
    (service.path / ".venv").symlink_to(ready.path / ".venv")
    commit(service.path, "Start")
    return service


def hooks(service: Service, fails: bool = False) -> str:
    """What `pre-commit run` says of all files."""
    path = f"{Path(uv_executable()).parent}{os.pathsep}{os.environ['PATH']}"
    done = run(
        *(sys.executable, "-m", "pre_commit", "run", "--all-files"),
        cwd=service.path,
        fails=fails,
        PATH=path,
        PRE_COMMIT_HOME=str(service.path.parent / "pre-commit"),
        UV_NO_SYNC="1",
    )
    return done.stdout


@pytest.mark.installs
def test_the_hooks_run_what_the_service_has(committing: Service) -> None:
    config = yaml.safe_load((committing.path / ".pre-commit-config.yaml").read_text())
    assert {entry["repo"] for entry in config["repos"]} == {"local"}
    names = [hook["name"] for entry in config["repos"] for hook in entry["hooks"]]

    said = hooks(committing)
    assert re.findall(r"^(.+?)\.+Passed$", said, re.MULTILINE) == names, said

    (committing.source / "shop.py").write_text(GET + 'logger.info( f"Sold {1}")\nprint(1)\n')
    git(committing.path, "add", "--all")
    said = hooks(committing, fails=True)
    assert re.findall(r"^(.+?)\.+Failed$", said, re.MULTILINE) == names, said
    assert re.search(r"^src/orders/shop\.py:\d+:\d+: OBS001 ", said, re.MULTILINE)
