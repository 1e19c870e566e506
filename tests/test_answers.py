"""A bad answer is refused with what is wrong and what would be right."""

import ast
import keyword
import tomllib
from pathlib import Path

import interpreters
import pytest
import yaml
from commands import run
from conftest import MakeService
from jinja2 import Environment, FileSystemLoader
from jinja2.environment import TemplateModule
from jinja2_ansible_filters import AnsibleCoreFiltersExtension
from releases import ROOT
from services import questions, render

HOSTILE = [
    "../x",
    "/etc",
    "{{7*7}}",
    "{% raw %}",
    'a"b',
    "a'b",
    "a\nb",
    "a\\b",
    "orders\n",
    "$(id)",
]


@pytest.fixture
def make_service(template: Path, tmp_path: Path) -> MakeService:
    """Rendered here each time, for a refused answer is to leave nothing here."""
    return lambda **answers: render(template, tmp_path / "orders", **answers)


@pytest.fixture(scope="module")
def names() -> TemplateModule:
    loader = FileSystemLoader(ROOT)
    environment = Environment(loader=loader, extensions=[AnsibleCoreFiltersExtension])
    return environment.get_template("questions/names.jinja").module


@pytest.mark.parametrize("name", ["orders", "order-history", "v2", "a" * 40])
def test_good_names_are_accepted(make_service: MakeService, name: str) -> None:
    service = make_service(service_name=name)

    assert service.package == name.replace("-", "_")
    assert service.source.is_dir()


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("", "a service name is needed", '"order-history"'),
        ("Orders", "is not a service name", '"orders"'),
        ("my orders", "is not a service name", '"my-orders"'),
        ("9lives", "is not a service name", '"lives"'),
        ("a--b", "is not a service name", '"a-b"'),
        ("class", "is a Python keyword", '"class-service"'),
        ("logging", "a module of the standard library", '"logging-service"'),
        ("test", "a module of the standard library", '"test-service"'),
        ("tests", "a folder that services have", '"tests-service"'),
        ("fastapi", "a library that services use", '"fastapi-service"'),
        ("types-jsonschema", "a library that services use", '"types-jsonschema-service"'),
        ("con", "a device on Windows", '"con-service"'),
        ("a" * 41, "longer than 40 characters", "a" * 40),
    ],
)
def test_bad_names_are_explained(
    make_service: MakeService, name: str, wrong: str, right: str
) -> None:
    with pytest.raises(ValueError, match="Validation error") as refusal:
        make_service(service_name=name)

    assert wrong in str(refusal.value)
    assert right in str(refusal.value)


@pytest.mark.parametrize("package", ["Orders", "my-orders", "class", "logging", "tests", "a" * 41])
def test_bad_packages_are_refused(make_service: MakeService, package: str) -> None:
    with pytest.raises(ValueError, match="Validation error for question 'package'"):
        make_service(package=package)


@pytest.mark.parametrize("name", ["service_name", "package", "framework", "deploy", "python"])
@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_are_refused(
    make_service: MakeService, tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(ValueError, match=name):
        make_service(**{name: value})

    assert not any(tmp_path.rglob("*.*")), "a refused answer left files behind"


@pytest.mark.parametrize(
    "value", ['a"b', "a\\b", "a\nb", "orders\n", "</script>", " x", "", "a" * 81]
)
def test_descriptions_that_would_break_a_file_are_refused(
    make_service: MakeService, value: str
) -> None:
    with pytest.raises(
        ValueError, match=r"question 'description': .+(Keeps the history of orders|at most 80 )"
    ):
        make_service(description=value)


@pytest.mark.parametrize(
    "value",
    ["../x", "{{7*7}}", "{% raw %}", "{# no #}", "$(id)", "It's Bob's: #1", "Größe 💡", "%s"],
)
def test_other_descriptions_arrive_as_they_are(make_service: MakeService, value: str) -> None:
    service = make_service(description=value)

    project = tomllib.loads((service.path / "pyproject.toml").read_text(encoding="utf-8"))
    answers = yaml.safe_load((service.path / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert project["project"]["description"] == value
    assert answers["description"] == value
    for path in service.source.rglob("*.py"):
        ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def test_the_folder_suggests_the_name(template: Path, tmp_path: Path) -> None:
    run("copier", "copy", "--quiet", "--defaults", template, "My Orders", cwd=tmp_path)

    answers = yaml.safe_load((tmp_path / "My Orders" / ".copier-answers.yml").read_text())
    assert (answers["service_name"], answers["package"]) == ("my-orders", "my_orders")


def test_a_folder_that_suggests_nothing_good_makes_the_name_required(
    template: Path, tmp_path: Path
) -> None:
    refused = run(
        "copier", "copy", "--quiet", "--defaults", template, "tests", cwd=tmp_path, fails=True
    )

    assert 'Question "service_name" is required' in refused.stderr


def test_answers_that_copier_yml_does_not_ask_for_are_caught(
    template: Path, tmp_path: Path
) -> None:
    with pytest.raises(AssertionError, match="no question deplyo"):
        render(template, tmp_path / "orders", deplyo="docker")


@pytest.mark.parametrize("name", questions())
def test_each_question_asks_and_says_whether_it_can_change(name: str) -> None:
    text = questions()[name]["help"]

    assert "?" in text
    assert any(said in text for said in ("an change later", "Fixed after copy")), text


def test_keywords_are_on_the_list(names: TemplateModule) -> None:
    listed = names.__dict__["KEYWORDS"]

    assert set(listed) == {word for word in keyword.kwlist if word.islower()}


@pytest.mark.parametrize("version", interpreters.available())
def test_the_standard_library_of_each_python_is_on_the_list(
    names: TemplateModule, version: str
) -> None:
    listed = names.__dict__["STANDARD_LIBRARY"]
    show = "import sys; print(*sorted(sys.stdlib_module_names))"
    found = run(interpreters.available()[version], "-c", show, cwd=ROOT).stdout.split()

    missing = {name for name in found if name.islower() and not name.startswith("_")} - set(listed)
    assert not missing, f"add to questions/names.jinja: {' '.join(sorted(missing))}"


def test_suggestions_are_good_names(names: TemplateModule) -> None:
    listed = [
        word
        for group in ("KEYWORDS", "STANDARD_LIBRARY", "DEPENDENCIES", "FOLDERS", "WINDOWS_DEVICES")
        for word in names.__dict__[group]
    ]

    problem = names.__dict__["problem_with_service"]

    for name in [*listed, *HOSTILE, "Orders", "a" * 41, "x-" * 30]:
        hint = problem(name).split('"')[1]
        assert problem(hint) == "", f"{name!r} suggests {hint!r}"
