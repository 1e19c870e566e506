"""The tests that a service gets fail for each listed mistake in its managed code."""

import re
from collections import Counter
from collections.abc import Callable, Iterator

import interpreters
import pytest
from _pytest.mark import ParameterSet
from conftest import Rendered
from mutation import (
    LEAST_PER_GUARANTEE,
    LEAST_PER_MODULE,
    MODULES,
    TESTS_FAILED,
    Mutant,
    Trial,
    guarantees,
    mutants,
    of_every_day,
    shown,
)
from releases import ROOT
from services import combinations
from sharing import Workshop

StartTrial = Callable[[tuple[str, str]], Trial]

WITHOUT_LOGIC = {
    "__init__.py": "names what the modules have",
    "delivery/__init__.py": "has a docstring only",
    "rules/__init__.py": "has a docstring only",
    "trail/__init__.py": "has a docstring only",
}
"""Modules that cannot be broken, but for an import that fails, and why."""

PAGE = ROOT / "docs" / "reference" / "tests.md"


def each_mutant() -> Iterator[ParameterSet]:
    daily = of_every_day()
    for mutant in mutants():
        marks = [pytest.mark.installs]
        if mutant not in daily:
            marks.append(pytest.mark.exhaustive)
        yield pytest.param(mutant, id=str(mutant), marks=marks)


@pytest.fixture(scope="session")
def start_trial(
    workshop: Workshop, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartTrial]:
    """The trial of a service, which is rendered and installed at its first mutant."""
    started: dict[tuple[str, str], Trial] = {}

    def start(answers: tuple[str, str]) -> Trial:
        if answers not in started:
            framework, redis = answers
            path = tmp_path_factory.mktemp("-".join(answers)) / "orders"
            service = workshop.copied(path, framework=framework, redis=redis)
            service.install(next(iter(interpreters.available().values())))
            started[answers] = Trial(service)
        return started[answers]

    yield start
    for trial in started.values():
        trial.close()


@pytest.mark.parametrize("mutant", list(each_mutant()))
def test_the_suite_fails_for(start_trial: StartTrial, mutant: Mutant) -> None:
    trial = start_trial(mutant.service)

    with trial.broken_by(mutant):
        first = trial.run(mutant.module, [mutant.caught_by], "-x")
        assert first["imported"], f"{mutant}\ndoes not import:\n{shown(first['output'])}"
        assert first["code"] in {0, TESTS_FAILED}, f"{mutant}\n{shown(first['output'])}"
        if first["code"] == TESTS_FAILED:
            return
        whole = trial.run_all()

    assert whole.returncode == TESTS_FAILED, (
        f"{mutant}\n{mutant.old!r} became {mutant.new!r} in {mutant.module} of {mutant.framework} "
        f"with redis={mutant.redis}, and neither {mutant.caught_by} nor any other test of the "
        f"service failed:\n{shown(whole.stdout)}"
    )


@pytest.mark.installs
@pytest.mark.exhaustive
@pytest.mark.parametrize("answers", sorted({mutant.service for mutant in mutants()}), ids="-".join)
def test_the_tests_that_are_to_catch_them_pass_without_them(
    start_trial: StartTrial, answers: tuple[str, str]
) -> None:
    """Else a mutant could be caught by what fails anyway: in the daily suites they pass, too."""
    tests = sorted({mutant.caught_by for mutant in mutants() if mutant.service == answers})

    done = start_trial(answers).run("settings.py", tests)

    assert done["code"] == 0, shown(done["output"])


@pytest.mark.parametrize("answers", sorted({mutant.service for mutant in mutants()}), ids="-".join)
def test_each_mutant_has_one_place_and_is_another(
    rendered: Rendered, answers: tuple[str, str]
) -> None:
    framework, redis = answers
    files = rendered({"framework": framework, "redis": redis})
    ours = [mutant for mutant in mutants() if mutant.service == answers]
    results = Counter(
        (mutant.module, mutant.applied(files[f"src/orders/{MODULES}{mutant.module}"].decode()))
        for mutant in ours
    )

    for mutant in ours:
        file, _, test = mutant.caught_by.partition("[")[0].partition("::")
        there = files[f"tests/observability/{file}"].decode()
        assert f"def {test}" in there, f"{mutant}: {mutant.caught_by} is not there"
    assert all(mutant.old != mutant.new for mutant in ours)
    assert not [module for (module, _), times in results.items() if times > 1]
    assert len({str(mutant) for mutant in ours}) == len(ours)


def test_no_module_is_without_mutants(rendered: Rendered) -> None:
    start = f"src/orders/{MODULES}"
    modules = {
        name.removeprefix(start)
        for answers in combinations("framework", "redis")
        for name in rendered(answers)
        if name.startswith(start) and name.endswith(".py")
    }
    counted = Counter(mutant.module for mutant in mutants())

    assert counted.keys() <= modules, "mutants of modules that no service has"
    assert WITHOUT_LOGIC.keys() <= modules
    few = {
        module: counted[module]
        for module in sorted(modules - WITHOUT_LOGIC.keys())
        if counted[module] < LEAST_PER_MODULE
    }
    assert not few, f"add mutants to tests/mutants: each module has at least {LEAST_PER_MODULE}"


def test_every_day_breaks_each_module_and_each_guarantee() -> None:
    daily = of_every_day()
    caught = Counter(mutant.shown_by for mutant in daily)

    assert {mutant.module for mutant in daily} == {mutant.module for mutant in mutants()}
    assert all(caught[test] >= rows for test, rows in guarantees().items())


def test_there_are_as_many_mutants_as_the_page_says() -> None:
    said = re.findall(r"at least (\d+) (in all|every day)", PAGE.read_text(encoding="utf-8"))

    found = {"in all": len(mutants()), "every day": len(of_every_day())}
    assert [when for _, when in said] == list(found)
    for number, when in said:
        assert found[when] >= int(number)


def test_no_guarantee_is_without_mutants() -> None:
    """A row of guarantees.md is shown by a test; that test has to catch two mutants for the row."""
    caught = Counter(mutant.shown_by for mutant in mutants())
    few = {
        test: f"{caught[test]} mutants for {rows} rows"
        for test, rows in guarantees().items()
        if caught[test] < LEAST_PER_GUARANTEE * rows
    }

    assert not few, "add mutants to tests/mutants: each row has at least two"
