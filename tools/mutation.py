"""Break the core of the package by machine, and list the changes that no test notices.

A sample of the mutations of each module, always the same, is tried on a copy in build/mutation.
"""

import argparse
import difflib
import hashlib
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

ROOT = Path(__file__).parent.parent
COPY = ROOT / "build" / "mutation"
PACKAGE = COPY / "template" / "{{ code }}" / "observability"

TESTS = {
    "redaction": "test_redaction*.py test_one_verdict.py test_names.py",
    "record": "test_record.py test_context.py test_tracebacks.py test_logger.py",
    "formatters": "test_formatters.py test_console.py test_record.py",
    "writer": "test_writer.py test_handlers.py",
    "audit": "test_audit*.py",
}
"""Modules, and the tests that are about them."""

OPERATORS = """
    AddNot NumberReplacer ReplaceAndWithOr ReplaceOrWithAnd ZeroIterationForLoop ExceptionReplacer
    ReplaceBreakWithContinue ReplaceContinueWithBreak ReplaceTrueWithFalse ReplaceFalseWithTrue
    ReplaceUnaryOperator_Delete_Not ReplaceBinaryOperator_Add_Sub ReplaceBinaryOperator_Sub_Add
    ReplaceBinaryOperator_Mul_Div ReplaceBinaryOperator_Div_Mul
    ReplaceComparisonOperator_Eq_NotEq ReplaceComparisonOperator_NotEq_Eq
    ReplaceComparisonOperator_Lt_LtE ReplaceComparisonOperator_LtE_Lt
    ReplaceComparisonOperator_Gt_GtE ReplaceComparisonOperator_GtE_Gt
    ReplaceComparisonOperator_Is_IsNot ReplaceComparisonOperator_IsNot_Is
""".split()
"""Those of cosmic-ray that make mistakes which a person could make."""


def mutations(text: str) -> Iterator[tuple[str, str]]:
    """Yield each changed text once, after the lines that differ."""
    seen = {text}
    for name in OPERATORS:
        operator, occurrence = get_operator(f"core/{name}")(), 0
        while mutated := mutate_code(text.encode(), operator, occurrence):
            occurrence += 1
            if mutated not in seen:
                seen.add(mutated)
                lines = difflib.ndiff(text.splitlines(), mutated.splitlines())
                yield " → ".join(line[2:].strip() for line in lines if line[:2] in "- + "), mutated


def sample(text: str, most: int) -> list[tuple[str, str]]:
    """Return at most so many mutations, in an order that other lines do not change."""
    ranked = sorted(mutations(text), key=lambda found: hashlib.sha256(found[0].encode()).digest())
    return ranked[:most]


def fails(tests: list[Path], timeout_s: float) -> bool:
    """Return whether a test fails, or does not end."""
    pytest = f"{sys.executable} -B -m pytest -x -q -p no:cacheprovider"
    try:
        done = subprocess.run(
            [*pytest.split(), *tests], cwd=COPY, capture_output=True, timeout=timeout_s
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=6, help="mutations of each module; 0: all")
    parser.add_argument("--only", choices=TESTS, help="one module")
    given = parser.parse_args()
    shutil.rmtree(COPY, ignore_errors=True)
    for name in ("template/{{ code }}/observability", "tests/observability"):
        shutil.copytree(ROOT / name, COPY / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "tests/conftest.py"):
        shutil.copy2(ROOT / name, COPY / name)
    counts = Counter[str]()
    for name in [given.only] if given.only else TESTS:
        module = PACKAGE / f"{name}.py"
        whole = module.read_text(encoding="utf-8")
        patterns = TESTS[name].split()
        tests = [path for one in patterns for path in (COPY / "tests/observability").glob(one)]
        started = time.monotonic()
        if not tests or fails(tests, 600):
            sys.exit(f"the tests of {name} do not pass unchanged: mend them first")
        timeout_s = 10 + 3 * (time.monotonic() - started)
        for place, mutated in sample(whole, given.most or 10**6):
            module.write_text(mutated, encoding="utf-8")
            found = "killed" if fails(tests, timeout_s) else "survived"
            counts[found] += 1
            print(f"{found:9} {name}: {place}", flush=True)
        module.write_text(whole, encoding="utf-8")
    print(f"{counts['killed']} of {counts.total()} were noticed by a test")


if __name__ == "__main__":
    main()
