# Managed by the service template: change it there, or expect a merge on update.
"""The command line: which files are read, what is said of them, and the exit code.

0 nothing found, 1 something found, 2 not asked rightly.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from updating import answers
from updating.ownership import folder_of_code

from .catalogue import catalogue, members_of
from .names import Names
from .optouts import applied
from .pages import COMMAND, PAGE, page, printed
from .rules import RULES, Finding, Rules
from .sources import Source

HERE = Path(__file__).resolve().parent.parent.parent

NOT_OF_THE_SERVICE = {"__pycache__", "node_modules", "site-packages"}
AT_THE_TOP = NOT_OF_THE_SERVICE | {"tests", "tools"}
"""Folders that are not looked into, unless they are named; the latter in the service's own."""


class Refused(Exception):
    """What was asked for cannot be done: a line that says what, and what to do."""


class Parser(argparse.ArgumentParser):
    """One that says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """End with 2."""
        raise Refused(f"{message}; --help lists what there is")


def main(arguments: Sequence[str] | None = None, service: Path = HERE) -> int:
    """Run the command for the service in that folder; the exit code."""
    try:
        options = _parser().parse_args(arguments)
        refuse_what_has_no_meaning(options)
        if options.check and not (service / PAGE).exists():
            return 0  # whether there is one is the owner's choice
        code = service / folder_of_code(answers.read(service))
        paths = options.paths or [code]
        files = dict.fromkeys(file for path in paths for file in python_files(path, service))
        sources, unreadable = read(files, service)
        if options.events:
            for finding in unreadable:
                print(finding)
            standard = code / "observability"
            return 1 if unreadable else _events(options, sources, standard, service)
        names = Names(code / "observability")
        # What `redact_also` says holds for all files, of which only some may be asked about.
        asked = {file.resolve() for file in files}
        others = (file for file in python_files(code, service) if file.resolve() not in asked)
        names.learn([*sources, *read(others, service)[0]])
    except (Refused, FileNotFoundError) as problem:
        print(problem, file=sys.stderr)
        return 2
    findings = unreadable + [
        finding
        for source in sources
        for finding in applied(source, Rules(source, names).findings())
    ]
    for finding in sorted(findings):
        print(finding)
    return int(bool(findings))


def refuse_what_has_no_meaning(options: argparse.Namespace) -> None:
    """Refused, if it is."""
    page = "--write" if options.write else "--check" if options.check else ""
    if page and not options.events:
        raise Refused(f"{page} goes with --events; give both")
    if page and options.paths:
        raise Refused(f"{page} is about all of the service's code; give no PATH")


def python_files(path: Path, service: Path) -> Iterator[Path]:
    """The files of Python below a folder, by name, or the file itself."""
    if path.is_file():
        yield path
    elif path.is_dir():
        others = AT_THE_TOP if path.resolve() == service else NOT_OF_THE_SERVICE
        for child in sorted(path.iterdir()):
            ours = not child.name.startswith(".") and child.name not in others
            if child.is_dir() and ours and not (child / "pyvenv.cfg").exists():
                yield from python_files(child, service)
            elif child.is_file() and child.suffix == ".py":
                yield child
    else:
        raise Refused(f"{path} is no file and no folder; give those to check, such as src")


def read(files: Iterable[Path], service: Path) -> tuple[list[Source], list[Finding]]:
    """What could be read, and a finding for each file that could not."""
    sources, unreadable = [], []
    for file in files:
        name = shown(file, service)
        try:
            sources.append(Source(file, name))
        except (SyntaxError, ValueError, RecursionError, OSError) as error:
            line, column = getattr(error, "lineno", 0) or 1, getattr(error, "offset", 0) or 1
            said = getattr(error, "msg", None) or str(error)
            message = f"it cannot be read as Python: {said}"
            unreadable.append(Finding(name, line, column, "OBS009", message, line, line))
    return sources, unreadable


def shown(file: Path, service: Path) -> str:
    """The path of a file from the service's folder, or as it was given where it is elsewhere."""
    full = file.resolve()
    return (full.relative_to(service) if full.is_relative_to(service) else file).as_posix()


def _events(
    options: argparse.Namespace, sources: list[Source], standard: Path, service: Path
) -> int:
    members = members_of(standard / "events.py")
    inside = [s for s in sources if s.path.resolve().is_relative_to(standard)]
    own = catalogue((source for source in sources if source not in inside), members)
    path = service / PAGE
    if options.write:
        path.parent.mkdir(exist_ok=True)
        path.write_text(page(own), encoding="utf-8")
        print(f"{PAGE} is written.")
    elif options.check:
        if path.read_text(encoding="utf-8") != page(own):
            print(f"{PAGE} is not what the calls write; run `{COMMAND} --write`")
            return 1
    else:
        print(printed(own, catalogue(inside, members)), end="")
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="lint_logging.py",
        description="Check the calls that log.",
        epilog="\n".join(f"{code}  {what}" for code, what in RULES.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="files and folders; the service's code"
    )
    parser.add_argument("--events", action="store_true", help="print the events that are logged")
    page_options = parser.add_mutually_exclusive_group()
    page_options.add_argument("--write", action="store_true", help=f"with --events: write {PAGE}")
    page_options.add_argument(
        "--check", action="store_true", help=f"with --events: is {PAGE}, if there is one, right?"
    )
    return parser
