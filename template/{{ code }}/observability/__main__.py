# Managed by the template: edits here are merged on update.
"""`python -m <package>.observability`: show lines of JSON, verify the audit stream."""

import argparse
import fileinput
import json
import os
import sys
from contextlib import suppress

from .audit import GENESIS, digest
from .formatters import ConsoleFormatter
from .record import Event


def show(lines: fileinput.FileInput[bytes]) -> int:
    """Write every line as the console shows it; what is no record stays as it is."""
    formatter = ConsoleFormatter()
    for line in lines:
        text = line.decode(errors="replace").rstrip("\n")
        with suppress(ValueError, LookupError, TypeError, AttributeError, RecursionError):
            text = formatter.to_text(json.loads(line))
        print(text, flush=True)  # noqa: T201 - the answer of a command
    return 0


def verify(lines: fileinput.FileInput[bytes], key: bytes) -> int:
    """Check every audit stream and write what is wrong; return the exit code."""
    records, wrong = [], []
    for line in lines:
        if b'"audit_seq"' in line:
            place = f"{lines.filename()}:{lines.filelineno()}"
            try:
                record = json.loads(line, object_pairs_hook=_unique)
                number = str(record["audit_stream"]), int(record["audit_seq"])
                records.append((number, place, record))
            except (ValueError, LookupError, TypeError, OverflowError, RecursionError):
                wrong.append(f"{place}: not an audit record")
    ends: dict[str, Event] = {}
    for (stream, seq), place, record in sorted(records, key=lambda found: found[0]):
        last = ends.get(stream, {"audit_seq": 0, "audit_hash": GENESIS})
        last_seq, at = int(last["audit_seq"]), f"stream {stream}: {place}:"
        if digest(record, key) != record.get("audit_hash"):
            wrong.append(f"{at} record {seq} does not fit its hash: edited, or another AUDIT_KEY")
        if seq > last_seq + 1:
            wrong.append(f"{at} no record from {last_seq + 1} to {seq - 1}: deleted")
        elif (seq, record.get("audit_prev")) != (last_seq + 1, last.get("audit_hash")):
            wrong.append(f"{at} record {seq} does not follow {last_seq}: inserted or doubled")
        ends[stream] = record
    for stream, last in ends.items():
        print(f"stream {stream} ends with record {last['audit_seq']}: {last.get('message')}")  # noqa: T201
    for problem in wrong if records or wrong else ["there is no audit record"]:
        print(problem, file=sys.stderr)  # noqa: T201
    return 1 if wrong else 0 if records else 2


def _unique(pairs: list[tuple[str, object]]) -> Event:
    """Return an object, or an empty one if a key is there twice: a reader may see either value."""
    return dict(pairs) if len(dict(pairs)) == len(pairs) else {}


def main() -> int:
    """Run the command; return the exit code."""
    codes = "exit code of verify, with AUDIT_KEY: 0 nothing is wrong, 1 problems, 2 no record"
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}", epilog=codes)
    parser.add_argument("command", choices=["show", "verify"])
    parser.add_argument("files", metavar="FILE", nargs="+", help="JSON lines; -: standard input")
    given, key = parser.parse_args(), os.environ.get("AUDIT_KEY", "").strip().encode()
    try:
        with fileinput.input(given.files, mode="rb") as lines:
            return show(lines) if given.command == "show" else verify(lines, key)
    except BrokenPipeError:
        os._exit(0)  # the reader of our output has left
    except OSError as error:
        parser.error(f"{error.filename} cannot be read: {error.strerror}")


if __name__ == "__main__":
    sys.exit(main())
