"""What a service is deployed with parses, fits the service, and builds an image's environment."""

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import yaml
from rendered import EVERY_CODE, Answers, Service, Workshop, run, uv

NUMBERS = {"healthcheckTimeout", "drainingSeconds"}
"""Settings of Railway that are numbers: one in quotes stops a deployment there."""


def text(service: Service, name: str) -> str:
    return (service.path / name).read_text(encoding="utf-8")


def scripts(service: Service) -> set[str]:
    return set(tomllib.loads(text(service, "pyproject.toml"))["project"]["scripts"])


def has_consumer(answers: Answers) -> bool:
    return answers["redis"] == "streams" and answers["framework"] != "none"


def default_of(service: Service, variable: str) -> str:
    found = re.search(rf"^# {variable}=(.*)$", text(service, ".env.example"), re.MULTILINE)
    assert found, f"{variable} is not in .env.example"
    return found[1]


@EVERY_CODE
def test_the_dockerfile_copies_what_exists_and_starts_a_script(
    workshop: Workshop, answers: Answers
) -> None:
    service = workshop.rendered(**answers)
    dockerfile = text(service, "Dockerfile")
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)
    (command,) = re.findall(r"^CMD (.+)$", dockerfile, re.MULTILINE)

    for name in " ".join(copied).split():
        assert name == "uv.lock" or (service.path / name).exists(), name
    assert set(json.loads(command)) <= scripts(service)
    assert re.search(r"^USER [1-9]\d+$", dockerfile, re.MULTILINE), "it would run as root"
    for step in re.findall(r"^RUN (uv sync .+)$", dockerfile, re.MULTILINE):
        assert {"--locked", "--no-dev"} <= set(shlex.split(step))
    for variable in re.findall(r"\b([A-Z_]+)=", dockerfile.rpartition("\nFROM ")[2]):
        known = f"{variable}=" in text(service, ".env.example")
        assert known or variable in {"PATH", "PYTHONDONTWRITEBYTECODE"}, variable


@EVERY_CODE
def test_compose_runs_the_service_as_production_does(workshop: Workshop, answers: Answers) -> None:
    service = workshop.rendered(**answers)
    services: dict[str, Any] = yaml.safe_load(text(service, "compose.yaml"))["services"]

    assert services.keys() == {
        "app",
        *(["consumer"] if has_consumer(answers) else []),
        *(["redis"] if answers["redis"] != "none" else []),
    }
    assert all(one["read_only"] for one in services.values())
    for one in (services["app"], services.get("consumer", services["app"])):
        grace_s = int(one["stop_grace_period"].removesuffix("s"))
        assert grace_s > int(default_of(service, "SHUTDOWN_GRACE_S"))
        assert set(one.get("command", [])) <= scripts(service)
        for variable, value in one["environment"].items():
            default_of(service, variable)
            secret = re.search("KEY|PASSWORD|SECRET", variable)
            assert not secret or value.startswith("${"), f"{variable} is in the file"
    if "redis" in services:
        assert services["app"]["environment"]["REDIS_URL"] == "redis://redis:6379/0"


@EVERY_CODE
def test_railway_starts_a_script_with_settings_of_the_right_type(
    workshop: Workshop, answers: Answers
) -> None:
    service = workshop.rendered(**answers)
    names = [name for name in service.files() if name.startswith("railway")]

    assert len(names) == 1 + has_consumer(answers)
    for name in names:
        settings = json.loads(text(service, name))
        for setting, value in (settings["build"] | settings["deploy"]).items():
            assert isinstance(value, int) == (setting in NUMBERS), f"{setting} is {value!r}"
        deploy = settings["deploy"]
        *shell, started = shlex.split(deploy["startCommand"])
        assert shell == ["/bin/sh", "-c"]
        assert started.rpartition(" exec ")[2] in scripts(service)
        shown = run(*shell, re.sub("exec .+", "env", started), cwd=service.path)
        assert "ENVIRONMENT=production" in shown.splitlines()
        assert deploy["drainingSeconds"] > int(default_of(service, "SHUTDOWN_GRACE_S"))
        quiet = default_of(service, "LOG_QUIET_PATHS").split(",")
        assert deploy.get("healthcheckPath", quiet[0]) in quiet


@pytest.mark.parametrize(
    ("deploy", "expected"),
    [
        ("railway", {"Dockerfile", "compose.yaml", "railway.json"}),
        ("docker", {"Dockerfile", "compose.yaml"}),
        ("none", set()),
    ],
)
def test_only_what_is_deployed_to_has_files(
    workshop: Workshop, deploy: str, expected: set[str]
) -> None:
    files = workshop.rendered(deploy=deploy).files()

    assert {"Dockerfile", "compose.yaml", "railway.json"} & files.keys() == expected


@pytest.mark.installs
def test_the_steps_of_the_image_install_a_typed_wheel(workshop: Workshop, tmp_path: Path) -> None:
    """Without a lock they fail and name `uv lock`; git keeps the lock that it writes."""
    service = workshop.copied(tmp_path / "orders")
    step = ("sync", "--locked", "--no-dev", "--no-editable")

    refused = run(uv(), *step, cwd=service.path, fails=True)
    run(uv(), "lock", "--quiet", cwd=service.path)
    run(uv(), *step, cwd=service.path)
    built = run(uv(), "build", "--wheel", "--out-dir", tmp_path / "dist", cwd=service.path)
    run("git", "init", "--quiet", cwd=service.path)

    assert "`uv lock`" in refused
    assert run(service.python, "-c", "import orders.app", cwd=tmp_path) == ""
    assert "warning" not in built.lower(), built
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert "orders/py.typed" in ZipFile(wheel).namelist()
    ignored = run("git", "check-ignore", "uv.lock", ".venv", ".env", cwd=service.path)
    assert ignored.split() == [".venv", ".env"]
