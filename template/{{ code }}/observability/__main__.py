# Managed by the template: edits here are merged on update.
"""`python -m <package>.observability`: show lines of JSON, verify the audit stream."""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .audit import GENESIS, digest
from .formatters import ConsoleFormatter

VERIFY = """
Check that no audit record was edited, deleted, inserted or doubled. Lines may come in any order,
from any number of files, among other lines. AUDIT_KEY is the key of the service, if it has one.
Exit code 0: nothing is wrong; 1: one line for each problem; 2: the check could not be made.
"""

LINK = {"audit_stream": str, "audit_seq": int, "audit_prev": str, "audit_hash": str}
"""Types of the fields that make records a stream."""


def to_text(line: bytes, formatter: ConsoleFormatter) -> str:
    """Return a line of JSON as the console shows it; any other line stays as it is."""
    try:
        return formatter.to_text(json.loads(line))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return line.decode(errors="replace").rstrip("\n")


def show(files: list[str]) -> int:
    """Write every line as the console shows it."""
    formatter = ConsoleFormatter()
    for _, line in _lines(files):
        print(to_text(line, formatter), flush=True)  # noqa: T201 - the answer of a command
    return 0


def verify(files: list[str], key: bytes) -> int:
    """Check every audit stream; return 0, or 1 if something is wrong, or 2 without a record."""
    streams: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    code = 0
    for place, line in _lines(files):
        if b'"audit_hash"' in line:
            try:
                record = json.loads(line)
                if [type(record[name]) for name in LINK] != [*LINK.values()]:
                    raise TypeError
                streams.setdefault(record["audit_stream"], []).append((place, record))
            except (ValueError, LookupError, TypeError, RecursionError):
                code = _complain(f"{place}: not an audit record", 1)
    if not streams:
        code = _complain("there is no audit record", 2)
    for name, records in streams.items():
        for problem in problems(records, key):
            code = _complain(f"stream {name}: {problem}", 1)
        ended = any(record.get("event") == "audit_stopped" for _, record in records)
        end = "with" if ended else "without"
        print(f"stream {name}: {len(records)} records, {end} a stop record")  # noqa: T201
    return code


def problems(records: list[tuple[str, dict[str, Any]]], key: bytes) -> Iterator[str]:
    """Yield one text for each record that is edited, doubled, inserted or missing."""
    last_seq, last_hash = 0, GENESIS
    for place, record in sorted(records, key=lambda found: found[1]["audit_seq"]):
        seq = record["audit_seq"]
        if digest(record, key) != record["audit_hash"]:
            yield f"{place}: record {seq} does not fit its hash: edited, or another AUDIT_KEY"
        if seq == last_seq:
            yield f"{place}: record {seq} occurs twice"
        elif seq > last_seq + 1:
            yield f"{place}: no record from {last_seq + 1} to {seq - 1}: deleted"
        elif record["audit_prev"] != last_hash:
            yield f"{place}: record {seq} does not follow record {last_seq}: inserted or swapped"
        last_seq, last_hash = seq, record["audit_hash"]


def _lines(files: list[str]) -> Iterator[tuple[str, bytes]]:
    for name in files:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                yield f"{name}:{number}", line


def _complain(text: str, code: int) -> int:
    print(text, file=sys.stderr)  # noqa: T201 - a command line answers a person
    return code


def main() -> int:
    """Run the command; return the exit code."""
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("show", "show lines of JSON as the console does"), ("verify", VERIFY)):
        command = commands.add_parser(name, help=text.strip().partition(".")[0], description=text)
        command.add_argument("files", metavar="FILE", nargs="+", help="JSON lines; -: stdin")
    given = parser.parse_args()
    try:
        if given.command == "show":
            return show(given.files)
        return verify(given.files, os.environ.get("AUDIT_KEY", "").strip().encode())
    except BrokenPipeError:  # the reader has left; the interpreter would complain at its exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        pass
    except OSError as error:
        return _complain(f"{error.filename} cannot be read: {error.strerror}", 2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
