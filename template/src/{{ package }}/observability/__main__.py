# Managed by the service template: change it there, or expect a merge on update.
"""`python -m <package>.observability validate FILE`: are these lines what the standard asks for?"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).with_name("record.schema.json")


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


def main() -> int:
    """Return 0 if every line is valid, 1 if one is not, 2 if the check could not be made."""
    parser = argparse.ArgumentParser(prog="python -m <package>.observability")
    commands = parser.add_subparsers(dest="command", required=True)
    validate = commands.add_parser("validate", help="check lines against the record schema")
    validate.add_argument("file", metavar="FILE", help="JSON lines; - for standard input")
    path = parser.parse_args().file
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
        found = list(problems(text.splitlines()))
    except ImportError:
        return _say("validate needs jsonschema, which is in the group dev: uv sync --group dev", 2)
    except (OSError, UnicodeDecodeError) as error:
        return _say(f"{path} cannot be read: {error}", 2)
    for problem in found:
        _say(problem, 1)
    return 1 if found else 0


def _say(text: str, code: int) -> int:
    print(text, file=sys.stderr)  # noqa: T201 - a command line talks to a person
    return code


if __name__ == "__main__":
    sys.exit(main())
