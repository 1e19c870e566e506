"""The command line: `timberframe update`, `check` and `fleet`, and their exit codes."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from . import reports
from .problems import CODES, Problem, Refused
from .running import check, fleet, update
from .service import Service
from .template import Template

_EPILOG = """
exit codes: 0 done, or nothing to do; 1 failed; 2 refused; 3 conflict; 5 behind (check). Of 1 to 3
the service is as it was, to the byte. A fleet ends with the highest code of its services.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    # A stop that a system asks for is a failure like Ctrl-C: the update is undone.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = _parser().parse_args(arguments)
    try:
        result, text, code = _run(options)
    except (Problem, KeyboardInterrupt) as problem:
        kind = getattr(problem, "result", "failed")
        text = str(problem) or "interrupted; no service is changed in part"
        result, code = {"result": kind, "message": text}, CODES[kind]
    _say("")
    if options.json:
        print(json.dumps(result))
    else:
        print(text, file=sys.stderr if "message" in result else sys.stdout)
    return code


def _run(options: argparse.Namespace) -> tuple[Any, str, int]:
    if options.command == "fleet":
        rows = fleet(options.folders, options.jobs, _say, **_how(options))
        return rows, reports.of_fleet(rows), max(CODES[row["result"]] for row in rows)
    service = Service.open(options.service)
    with TemporaryDirectory(prefix="timberframe-") as name:
        _say("reading the template")
        template = Template(service.answers["_src_path"], Path(name))
        if options.command == "check":
            row = check(service, template, _say)
            return row, reports.of_check(row), CODES[row["result"]]
        how = _how(options) | {"with_conflicts": options.with_conflicts}
        row = update(service, template, _say, **how)
    return row, reports.of_update(row), CODES[row["result"]]


def _how(options: argparse.Namespace) -> dict[str, Any]:
    answers = {}
    for given in options.answer:
        name, sign, value = given.partition("=")
        if not sign or not name:
            raise Refused(f"--answer {given}: give NAME=VALUE, as in redis=streams")
        answers[name] = value
    return {"to": options.to, "answers": answers, "dry_run": options.dry_run}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="timberframe", description=__doc__, epilog=_EPILOG)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    one = commands.add_parser("update", help="take a newer version of the template")
    checking = commands.add_parser("check", help="say whether it is behind, and what was edited")
    many = commands.add_parser("fleet", help="update many services side by side")
    for command in (one, checking, many):
        command.add_argument("--json", action="store_true", help="answer with JSON")
    for command in (one, checking):
        command.add_argument("service", nargs="?", type=Path, default=".", help="its folder")
    for command in (one, many):
        command.add_argument("--to", metavar="VERSION", help="default: the newest release")
        command.add_argument(
            "--answer", action="append", default=[], metavar="NAME=VALUE", help="change an answer"
        )
        command.add_argument("--dry-run", action="store_true", help="only say what would happen")
    one.add_argument("--with-conflicts", action="store_true", help="leave them as a merge does")
    many.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="of services")
    many.add_argument("--jobs", type=int, default=os.cpu_count(), help="services at a time")
    return parser


def _say(step: str) -> None:
    """Show the step on a terminal, in the place of the one before."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{step}", end="", file=sys.stderr, flush=True)
