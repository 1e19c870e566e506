"""Breaks redaction, encoding, handlers and audit by machine, and tells how much of it tests catch.

`make mutation-score` writes the score into docs/reference/tests.md. What survives has to be
explained in tools/survivors.toml, or the command fails. cosmic-ray says what a mutation is; the
tests run as those of the list in tests/mutants do.
"""

import argparse
import difflib
import hashlib
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests")]

import interpreters  # noqa: E402 - from the folder above
from mutation import MODULES, Mutant, Trial  # noqa: E402
from releases import copy_working_tree  # noqa: E402
from services import render  # noqa: E402

PAGE = ROOT / "docs" / "reference" / "tests.md"
SURVIVORS = Path(__file__).with_name("survivors.toml")
BEGIN, END = "<!-- Made by `make mutation-score`. -->", "<!-- End of what is made. -->"

REDACTION = (
    *("caplog", "record", "redaction", "redaction_shapes", "redaction_personal"),
    *("redaction_own", "redaction_bounds", "doors", "settings"),
)
DELIVERY = ("configuration", "development_file", "floods", "formats", "forks", "delivery")
PARTS = {
    "redaction.py rules/names.py rules/own.py rules/personal.py rules/places.py": REDACTION,
    "rules/shapes.py": REDACTION,
    "encoding.py": ("formats", "record", "hostile", "delivery"),
    "handlers.py": DELIVERY,
    "audit.py trail/chain.py trail/handler.py trail/losses.py trail/verify.py": (
        *("audit", "audit_chain", "standard"),
    ),
}
"""Modules, and the files of tests that are about them."""

OPERATORS = (
    *("AddNot", "NumberReplacer", "ReplaceAndWithOr", "ReplaceOrWithAnd", "ZeroIterationForLoop"),
    *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ExceptionReplacer"),
    *("ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceUnaryOperator_Delete_Not"),
    *(f"ReplaceBinaryOperator_{pair}" for pair in ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul")),
    *(f"ReplaceComparisonOperator_{pair}" for pair in ("Eq_NotEq", "NotEq_Eq", "Lt_LtE", "LtE_Lt")),
    *(f"ReplaceComparisonOperator_{pair}" for pair in ("Gt_GtE", "GtE_Gt", "Is_IsNot", "IsNot_Is")),
)
"""Those of cosmic-ray whose mistakes somebody could make; others have `>>` for `+`."""


@dataclass(frozen=True)
class Mutation:
    module: str
    place: str
    mutated: str

    @property
    def rank(self) -> str:
        """An order that no other module's, nor a new line's, mutations change."""
        return hashlib.sha256(f"{self.module} {self.place}".encode()).hexdigest()


def mutations(module: str, text: str) -> Iterator[Mutation]:
    """Every mistake of the operators in the module, each once."""
    seen: set[str] = set()
    for name in OPERATORS:
        operator = get_operator(f"core/{name}")()
        occurrence = 0
        while mutated := mutate_code(text.encode(), operator, occurrence):
            occurrence += 1
            if mutated not in seen:
                seen.add(mutated)
                changed = difflib.ndiff(text.splitlines(), mutated.splitlines())
                lines = [line[2:].strip() for line in changed if line[:2] in {"- ", "+ "}]
                yield Mutation(module, " → ".join(lines), mutated)


def chosen(path: Path, modules: list[str], most: int) -> list[Mutation]:
    """At most so many of each module, always the same ones."""
    found = []
    for module in modules:
        every = mutations(module, (path / module).read_text(encoding="utf-8"))
        found += sorted(every, key=lambda mutation: mutation.rank)[:most]
    return found


def outcome(trial: Trial, mutation: Mutation, tests: list[str]) -> str:
    """killed, survived, or invalid if the module cannot be imported any more."""
    whole = (trial.service.source / MODULES / mutation.module).read_text(encoding="utf-8")
    place = Mutant("none", "none", mutation.module, "", whole, mutation.mutated, "")
    with trial.broken_by(place):
        done = trial.run(mutation.module, tests, "-x")
    if not done["imported"]:
        return "invalid"
    return "survived" if done["code"] == 0 else "killed"


def table(counts: dict[str, Counter[str]]) -> str:
    rows = ["| module | mutants | killed | survived | score |", "|---|---|---|---|---|"]
    total: Counter[str] = sum(counts.values(), Counter())
    for name, count in [*counts.items(), ("all", total)]:
        tried = count["killed"] + count["survived"]
        score = f"{100 * count['killed'] / tried:.0f} %" if tried else ""
        rows.append(f"| {name} | {tried} | {count['killed']} | {count['survived']} | {score} |")
    return "\n".join(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=8, help="mutants of each module")
    parser.add_argument("--only", default="", help="part of a module's name; writes no page")
    given = parser.parse_args()
    reasons: dict[str, str] = tomllib.loads(SURVIVORS.read_text(encoding="utf-8"))
    counts: dict[str, Counter[str]] = {}
    survived: list[Mutation] = []
    with tempfile.TemporaryDirectory() as folder:
        template = copy_working_tree(Path(folder) / "template")
        service = render(template, Path(folder) / "orders", framework="none", redis="none")
        service.install(next(iter(interpreters.available().values())))
        trial = Trial(service)
        for part, files in PARTS.items():
            modules = [module for module in part.split() if given.only in module]
            tests = [f"test_{name}.py" for name in files]
            for mutation in chosen(service.source / MODULES, modules, given.most):
                found = outcome(trial, mutation, tests)
                print(found, f"{mutation.module}: {mutation.place}", flush=True)
                counts.setdefault(mutation.module, Counter())[found] += 1
                survived += [mutation] if found == "survived" else []
        trial.close()
    keys = [f"{mutation.module}: {mutation.place}" for mutation in survived]
    unexplained = [key for key in keys if key not in reasons]
    why = sorted(Counter(reasons.get(key, "Not explained yet.") for key in keys).items())
    listed = "\n".join(f"- {times}: {reason}" for reason, times in why)
    if not given.only:
        text = PAGE.read_text(encoding="utf-8")
        before, _, rest = text.partition(BEGIN)
        made = f"{BEGIN}\n\n{table(counts)}\n\nWhat survived:\n\n{listed}\n\n{END}"
        PAGE.write_text(f"{before}{made}{rest.partition(END)[2]}", encoding="utf-8")
    print(table(counts), *(f"not explained: {key}" for key in unexplained), sep="\n")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
