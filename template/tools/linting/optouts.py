# Managed by the service template: change it there, or expect a merge on update.
"""`# nolog: OBS003 one line per hour`: what an owner has decided, and why."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .rules import RULES, Finding
from .sources import Source

CODE = r"[A-Z]+\d+"
COMMENT = re.compile(
    rf"(?:^# *nolog\b|# *nolog\b(?=:? *{CODE})):? *"
    rf"(?P<codes>{CODE}(?:[ ,]+{CODE})*)?[ ,:-]*(?P<why>.*)"
)
"""At the beginning of a comment, or behind another opt-out if it names a rule."""
FORM = "write `# nolog: OBS001 and the reason`"


@dataclass(frozen=True)
class OptOut:
    """One comment: its place, and the rules that it names."""

    line: int
    column: int
    codes: frozenset[str]
    reason: str


def opt_outs(source: Source) -> list[OptOut]:
    """Those of a file."""
    found = []
    for line, column, text in source.comments:
        if match := COMMENT.search(text):
            place = column + match.start()
            codes = frozenset(re.findall(CODE, match["codes"] or ""))
            found.append(OptOut(line, place, codes, match["why"].strip()))
    return found


def applied(source: Source, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings that stay, and what is wrong with the opt-outs themselves.

    One stands on a line of the call that it is about. Without a reason it takes nothing away.
    """
    written = opt_outs(source)
    used: set[tuple[OptOut, str]] = set()
    for finding in findings:
        here = [
            opt_out
            for opt_out in written
            if finding.code in opt_out.codes and finding.first <= opt_out.line <= finding.last
        ]
        used |= {(opt_out, finding.code) for opt_out in here}
        if not any(opt_out.reason for opt_out in here):
            yield finding
    for opt_out in written:
        for code, message in _wrong(opt_out, {code for one, code in used if one == opt_out}):
            place = (source.name, opt_out.line, opt_out.column)
            yield Finding(*place, code, message, opt_out.line, opt_out.line)


def _wrong(opt_out: OptOut, used: set[str]) -> Iterator[tuple[str, str]]:
    if not opt_out.codes:
        yield "OBS007", f"the opt-out names no rule; {FORM}"
    elif not opt_out.reason:
        yield "OBS007", f"the opt-out gives no reason; {FORM}"
    for code in sorted(opt_out.codes - used):
        told = "nothing is found here" if code in RULES else "there is no such rule"
        yield "OBS008", f"the opt-out of {code} has no use: {told}; take it out"
