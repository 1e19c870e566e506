# Managed by the service template: change it there, or expect a merge on update.
"""`python -m <package>.observability`: show lines, check them, verify the audit trail."""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from . import parsing
from .trail.verify import Verification
from .viewing import show

SCHEMA = Path(__file__).with_name("record.schema.json")

VERIFY = """
Check that no audit record was edited, deleted, inserted or doubled. Lines may come in any order,
from any number of files and among lines of others. AUDIT_KEY is the key of the service, if it has
one. Exit code 0: nothing is wrong; 1: a line for each problem; 2: the check could not be made.
"""


def problems(lines: Iterable[str]) -> Iterator[str]:
    """One text for each line that is not a valid record: its number and what is wrong with it."""
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line, parse_constant=_refuse)
        except ValueError as error:
            yield f"line {number}: not JSON: {error}"
            continue
        for wrong in sorted(validator.iter_errors(record), key=str):
            where = ".".join(str(part) for part in wrong.absolute_path)
            yield f"line {number}: {where + ': ' if where else ''}{wrong.message}"


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON (RFC 8259)")


def validate(path: str) -> int:
    """Return 0 if every line is valid, 1 if one is not, 2 if the check could not be made."""
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
        found = list(problems(text.splitlines()))
    except ImportError:
        return _say("validate needs jsonschema, which is in the group dev: uv sync --group dev", 2)
    except (OSError, UnicodeDecodeError) as error:
        return _say(f"{path} cannot be read: {_why(error)}", 2)
    for problem in found:
        _say(problem, 1)
    return 1 if found else 0


def verify(paths: list[str]) -> int:
    """Return 0 if the trail is as it was written, 1 if not, 2 if that could not be checked."""
    try:
        found = Verification(parsing.key(os.environ.get("AUDIT_KEY", "").strip()))
        for path in paths:
            with sys.stdin.buffer if path == "-" else Path(path).open("rb") as lines:
                found.read(path, lines)
    except ValueError as error:
        return _say(f"AUDIT_KEY {error}", 2)
    except OSError as error:
        return _say(f"{path} cannot be read: {_why(error)}", 2)
    code = 0
    for problem in found.problems():
        code = _say(problem, 1)
    for stream in found.streams.values():
        print(stream.summary())  # noqa: T201 - a command line talks to a person
        if stream.unchecked:
            code = _say(stream.unchecked, code or 2)
    return code if code or found.streams else _say("there is no audit record", 2)


def view(path: str, follow: bool) -> int:
    """Return 0, 2 if the file cannot be read; a reader that leaves and Ctrl+C end it as well."""
    try:
        show(path, follow)
    except BrokenPipeError:
        # Nobody reads any more; the interpreter would say so when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        pass
    except OSError as error:
        return _say(f"{path} cannot be read: {_why(error)}", 2)
    return 0


def main() -> int:
    """Do what the command line says, and return the exit code."""
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}")
    commands = parser.add_subparsers(dest="command", required=True)
    lines = commands.add_parser("validate", help="check lines against the record schema")
    lines.add_argument("file", metavar="FILE", help="JSON lines; - for standard input")
    trail = commands.add_parser("verify", help="check the audit trail", description=VERIFY)
    trail.add_argument("files", metavar="FILE", nargs="+", help="JSON lines; - for standard input")
    log = commands.add_parser("show", help="show lines of JSON as the console does")
    log.add_argument("file", metavar="FILE", help="JSON lines; - for standard input")
    log.add_argument("-f", "--follow", action="store_true", help="wait for more, until Ctrl+C")
    given = parser.parse_args()
    if given.command == "show":
        return view(given.file, given.follow)
    return validate(given.file) if given.command == "validate" else verify(given.files)


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _say(text: str, code: int) -> int:
    print(text, file=sys.stderr)  # noqa: T201 - a command line talks to a person
    return code


if __name__ == "__main__":
    sys.exit(main())
