# Managed by the service template: change it there, or expect a merge on update.
"""The command line: what is asked for, what is said, and the exit code.

0 done, 1 failed, 2 refused, 3 conflict, 4 loss, 5 behind (`check`). Of 1 to 4 the service is as it
was, to the byte.
"""

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from . import answers, reports
from .applying import undo
from .check import standing
from .checkouts import Checkout
from .problems import BEHIND, Conflict, Problem
from .update import Update, carry_out, prepare

HERE = Path(__file__).resolve().parent.parent.parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    # An end that is asked for is a failure like others: what was begun is undone.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    options = _parser().parse_args(arguments)
    options.began = time.monotonic()
    try:
        return _update(options) if options.command == "update" else _check(options)
    except Problem as problem:
        if options.json:
            kind = type(problem).__name__.lower()
            print(reports.as_json(kind, time.monotonic() - options.began, problem=problem))
        else:
            print(problem, file=sys.stderr)
        return problem.code


def _update(options: argparse.Namespace) -> int:
    asked = answers.given(options.answer)
    if undo(options.service):
        print("An update that was cut off is undone.", file=sys.stderr)
    checkout = Checkout.open(options.service)
    update = prepare(checkout, options.to, asked)
    if update.conflicts and not options.with_conflicts:
        _say(options, "conflict", update, applied=False)
        return Conflict.code
    if update.changes and not options.dry_run:
        carry_out(checkout, update)
    result = "planned" if options.dry_run else "updated" if update.changes else "unchanged"
    _say(options, result, update, applied=result == "updated")
    return 0


def _say(options: argparse.Namespace, result: str, update: Update, applied: bool) -> None:
    if options.json:
        print(reports.as_json(result, time.monotonic() - options.began, update))
    elif result == "unchanged":
        print(f"{update.service} has {update.after}, and nothing to change.")
    else:
        print(reports.of_update(update, applied))


def _check(options: argparse.Namespace) -> int:
    found = standing(Checkout.open(options.service, clean=False))
    print(reports.of_standing(found))
    return BEHIND if found.is_behind else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="standard.py", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    update = commands.add_parser("update", help="take a newer version of the template")
    update.add_argument("--to", metavar="VERSION", help="the version; the newest if not given")
    update.add_argument(
        "--answer", action="append", default=[], metavar="NAME=VALUE", help="change an answer"
    )
    update.add_argument("--dry-run", action="store_true", help="say what it would do")
    update.add_argument(
        "--with-conflicts", action="store_true", help="leave conflicts as a merge does"
    )
    check = commands.add_parser("check", help="say whether it is behind, and what was edited")
    for command in (update, check):
        command.add_argument(
            "--service", type=Path, default=HERE, metavar="FOLDER", help="default: this one"
        )
        command.add_argument("--json", action="store_true", help="answer with one JSON object")
    return parser
