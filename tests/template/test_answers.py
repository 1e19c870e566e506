"""A good answer arrives as it is; a bad one is refused with one line that says what to use."""

import ast
import keyword
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2 import Environment, FileSystemLoader
from jinja2_ansible_filters import AnsibleCoreFiltersExtension
from rendered import FRAMEWORKS, ROOT, Service, Workshop, questions, render, run

HOSTILE = ("../x", "{{7*7}}", "{% raw %}", 'a"b', "a'b", "a\nb", "a\\b", "orders\n", "$(id)")
LOADER = FileSystemLoader(ROOT)
NAMES: dict[str, Any] = vars(
    Environment(loader=LOADER, extensions=[AnsibleCoreFiltersExtension])
    .get_template("questions/names.jinja")
    .module
)
LISTS = ("KEYWORDS", "STANDARD_LIBRARY", "DEPENDENCIES", "FOLDERS", "WINDOWS_DEVICES")


def answers_of(service: Service) -> dict[str, str]:
    loaded: dict[str, str] = yaml.safe_load((service.path / ".copier-answers.yml").read_text())
    return loaded


@pytest.mark.parametrize("name", ["order-history", "v2", "a" * 40])
def test_a_good_name_is_the_service_and_its_package(workshop: Workshop, name: str) -> None:
    service = workshop.rendered(service_name=name)

    project = tomllib.loads((service.path / "pyproject.toml").read_text())["project"]
    assert (project["name"], list(project["scripts"])) == (name, [name])
    assert (service.path / "src" / name.replace("-", "_") / "__init__.py").exists()


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("", 'Try "order-history": a service name is needed'),
        ("Orders", 'Try "orders": "Orders" is not a service name'),
        ("my orders", 'Try "my-orders": "my orders" is not a service name'),
        ("9lives", 'Try "lives": "9lives" is not a service name'),
        ("a--b", 'Try "a-b": "a--b" is not a service name'),
        ("class", 'Try "class-service": "class" is a Python keyword'),
        ("logging", 'Try "logging-service": "logging" is a module of the standard library'),
        ("test", 'Try "test-service": "test" is a module of the standard library'),
        ("tests", 'Try "tests-service": "tests" is a folder of every service'),
        ("fastapi", 'Try "fastapi-service": "fastapi" is a library that the template installs'),
        ("con", 'Try "con-service": "con" is a device on Windows'),
        ("a" * 41, f'Try "{"a" * 40}": "{"a" * 41}" is longer than 40 characters'),
    ],
)
def test_a_bad_name_is_refused_with_a_better_one(name: str, line: str) -> None:
    assert NAMES["problem_with_service"](name).startswith(line)


@pytest.mark.parametrize("kind", ["service", "package"])
def test_every_refused_name_gets_a_good_suggestion(kind: str) -> None:
    refuse = NAMES[f"problem_with_{kind}"]

    listed = (word for group in LISTS for word in NAMES[group])
    for name in (*listed, *HOSTILE, "Orders", "x-" * 30):
        assert refuse(name), f"{name!r} is accepted"
        hint = refuse(name).split('"')[1]
        assert not refuse(hint), f"{name!r} suggests {hint!r}"


@pytest.mark.parametrize("question", ["service_name", "package", "framework", "deploy", "python"])
def test_copier_refuses_what_is_not_allowed_and_writes_nothing(
    workshop: Workshop, tmp_path: Path, question: str
) -> None:
    with pytest.raises(ValueError, match=question):
        render(workshop.template, tmp_path / "orders", **{question: "../{{7*7}}"})

    assert not any(tmp_path.rglob("*.*"))


@pytest.mark.parametrize("value", ['a"b', "a\\b", "a\nb", "</script>", " x", "", "a" * 81])
def test_a_description_that_would_break_a_file_is_refused(value: str) -> None:
    assert re.match("Try|Use at most 80", NAMES["problem_with_description"](value))


@pytest.mark.parametrize("value", ["{{7*7}} {% raw %} {# no #}", "It's Bob's: #1, 100 %s", "Größe"])
def test_any_other_description_arrives_as_it_is(workshop: Workshop, value: str) -> None:
    service = workshop.rendered(description=value)

    project = tomllib.loads((service.path / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["description"] == answers_of(service)["description"] == value
    for path in service.path.rglob("*.py"):
        ast.parse(path.read_text("utf-8"), filename=str(path))


def test_redis_is_refused_for_existing_code(workshop: Workshop, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Use redis=none: existing code keeps its own client"):
        render(workshop.template, tmp_path / "orders", start="existing", redis="client")


def test_the_folder_suggests_the_name_if_it_can_be_one(workshop: Workshop, tmp_path: Path) -> None:
    copy = (sys.executable, "-m", "copier", "copy", "--quiet", "--defaults", workshop.template)
    run(*copy, "My Orders", cwd=tmp_path)
    refused = run(*copy, "tests", cwd=tmp_path, fails=True)

    answers = answers_of(Service(tmp_path / "My Orders"))
    assert (answers["service_name"], answers["package"]) == ("my-orders", "my_orders")
    assert 'Question "service_name" is required' in refused


def test_the_defaults_are_a_plain_fastapi_service(workshop: Workshop) -> None:
    answers = answers_of(workshop.rendered())

    defaults = {"start": "new", "framework": "fastapi", "redis": "none", "deploy": "railway"}
    defaults |= {"package": "orders", "python": "3.11", "updates": "none"}
    assert answers.items() >= defaults.items()


@pytest.mark.parametrize("name", questions())
def test_each_question_ends_with_whether_its_answer_can_change(name: str) -> None:
    asked, *_, last = questions()[name]["help"].strip().splitlines()

    assert asked.endswith("?")
    assert re.search(r"([Cc]an change later|[Ff]ixed after copy)\b.*\.$", last), last


def test_five_questions_are_asked_of_a_new_service() -> None:
    asked = [
        name
        for name, question in questions().items()
        if question.get("ask") is None and question.get("when") != "{{ start == 'existing' }}"
    ]

    assert asked == ["start", "service_name", "framework", "redis", "deploy"]


def test_keywords_and_the_standard_library_are_on_the_lists() -> None:
    assert set(NAMES["KEYWORDS"]) == {word for word in keyword.kwlist if word.islower()}
    modules = {name for name in sys.stdlib_module_names if name.islower() and name[0] != "_"}
    assert modules <= set(NAMES["STANDARD_LIBRARY"])


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_what_the_template_installs_is_on_the_list(workshop: Workshop, framework: str) -> None:
    service = workshop.rendered(framework=framework, redis="streams")
    project = tomllib.loads((service.path / "pyproject.toml").read_text())

    needs = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    names = {re.split("[<>=;]", need)[0].replace("-", "_") for need in needs}
    assert names <= set(NAMES["DEPENDENCIES"])
