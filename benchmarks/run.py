"""What the generated service's logging costs, against its peers: `make bench-speed`.

Without --quick or --case, writes benchmarks/results, docs/reference/speed.md and its charts.
"""

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools")]

import charts  # noqa: E402 - the folders above are needed
import interpreters  # noqa: E402
import report  # noqa: E402
import results  # noqa: E402
from environments import service, versions  # noqa: E402
from lines import WrongLine  # noqa: E402
from measure import CASES, OF_THE_TEMPLATE, SERVED, SLOW, Effort  # noqa: E402


def arguments() -> argparse.Namespace:
    known = list(interpreters.available())
    parser = argparse.ArgumentParser(description=__doc__)
    effort = parser.add_mutually_exclusive_group()
    effort.add_argument("--quick", action="store_const", const="quick", dest="mode")
    effort.add_argument("--full", action="store_const", const="full", dest="mode")
    parser.add_argument("--case", action="append", choices=CASES, metavar="NAME")
    parser.add_argument("--python", action="append", choices=known)
    parser.add_argument("--draw", action="store_true", help="only the page and the charts")
    parser.set_defaults(mode="normal")
    return parser.parse_args()


def measure(version: str, cases: list[str], effort: Effort) -> results.Results:
    found = results.Results(version, effort.mode, results.today(), results.machine())
    for case in cases:
        for name, figure in CASES[case](version, effort).items():
            found.figures[name] = figure
            print(f"{version}  {report.console(name, figure)}", flush=True)
    return found


def write() -> None:
    """The page and the charts, from the results that are kept."""
    kept = results.load()
    text = report.PAGE.read_text(encoding="utf-8")
    report.PAGE.write_text(report.page(kept, text), encoding="utf-8")
    for name, drawn in charts.draw(kept).items():
        (charts.PICTURES / name).write_text(drawn, encoding="utf-8")


def main() -> None:
    given = arguments()
    known = list(interpreters.available())
    quick = given.mode == "quick"
    pythons = given.python or (known[:1] if quick or given.case else [known[0], known[-1]])
    cases = given.case or [case for case in CASES if not (quick and case in SLOW)]
    began = time.monotonic()
    for version in [] if given.draw else pythons:
        later = version != known[0] and not given.case
        chosen = [case for case in cases if not later or case not in OF_THE_TEMPLATE]
        found = measure(version, chosen, Effort(given.mode))
        if not quick and not given.case:
            for framework in ("none", *SERVED):
                found.versions |= versions(service(version, framework))
            found.save()
    print(f"{time.monotonic() - began:.0f} s")
    if not quick and not given.case:
        write()


if __name__ == "__main__":
    os.environ.update({"GIT_CONFIG_GLOBAL": os.devnull})
    try:
        main()
    except WrongLine as wrong:
        sys.exit(f"A contender is wrong. {wrong}")
