"""A new service's own tests pass, and its calls follow the rules, as its owner would run them."""

import re

import pytest
from rendered import FRAMEWORKS, Workshop, run

pytestmark = pytest.mark.installs

KINDS = [(framework, "none") for framework in FRAMEWORKS]
KINDS += [("fastapi", "streams"), ("django", "client"), ("flask", "streams"), ("none", "streams")]
EVERY_KIND = pytest.mark.parametrize(("framework", "redis"), KINDS)


@EVERY_KIND
def test_the_tests_of_a_new_service_pass(workshop: Workshop, framework: str, redis: str) -> None:
    service = workshop.installed(framework, redis)

    done = run(service.python, "-m", "pytest", "--quiet", cwd=service.path)

    passed = re.search(r"(\d+) passed", done)
    assert passed, done
    assert int(passed[1]) >= 8, f"so few tests prove nothing:\n{done}"
    assert "skipped" not in done, done


@EVERY_KIND
def test_no_rule_fires_on_the_samples(workshop: Workshop, framework: str, redis: str) -> None:
    service = workshop.installed(framework, redis)
    ast_grep = service.python.with_name("ast-grep")

    run(ast_grep, "scan", "--error", "--rule", "logging-rules.yml", "src", cwd=service.path)
