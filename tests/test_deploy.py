"""What a service is deployed with is sound, and the steps of its image are run."""

import json
import re
import secrets
import shlex
import signal
import sys
import tomllib
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import images
import interpreters
import pytest
import yaml
from commands import SCRIPTS, free_port, run, uv_executable
from conftest import MakeService
from daily import OF_EACH_KIND, params
from releases import ROOT
from services import Service, choices, combinations, label

HANG_S = 30

OF_RAILWAY: dict[str, dict[str, type]] = {
    "build": {"builder": str},
    "deploy": {
        "startCommand": str,
        "healthcheckPath": str,
        "healthcheckTimeout": int,
        "drainingSeconds": int,
        "restartPolicyType": str,
    },
}
"""The settings of ours, as Railway's reference of `railway.json` has them. Its schema is nowhere
but on the network, so this stands in for it: a number in quotes stops a deployment there."""


def composed(service: Service) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((service.path / "compose.yaml").read_text())
    return loaded


def default_of(service: Service, variable: str) -> str:
    """What `.env.example` shows."""
    text = (service.path / ".env.example").read_text(encoding="utf-8")
    (value,) = re.findall(rf"^# {variable}=(.*)$", text, re.MULTILINE)
    return str(value)


def test_hadolint_finds_nothing_in_any_dockerfile(make_service: MakeService) -> None:
    found = {}
    for answers in combinations("framework", "redis"):
        path = make_service(label(answers), **answers).path / "Dockerfile"
        found[path.read_bytes()] = path

    assert len(found) == len(OF_EACH_KIND), "one for ASGI, one for WSGI, one for workers"
    run(SCRIPTS / "hadolint", *found.values(), cwd=ROOT)


def test_hadolint_finds_what_is_wrong(service: Service) -> None:
    dockerfile = service.path / "Dockerfile"
    text = dockerfile.read_text(encoding="utf-8")
    dockerfile.write_text(text.replace("FROM python:3.13-slim\n", "FROM python\n"))

    assert "DL3006" in run(SCRIPTS / "hadolint", dockerfile, cwd=ROOT, fails=True).stdout


@pytest.mark.installs
@pytest.mark.parametrize("framework", params(choices("framework"), every_day=OF_EACH_KIND))
def test_the_image_runs_read_only_and_as_nobody(
    make_service: MakeService, tmp_path: Path, framework: str
) -> None:
    """Built by its own steps, it answers, says all on stdout in JSON, and stops when told to."""
    service = make_service(framework=framework)
    app = composed(service)["services"]["app"]
    probe, port = app["healthcheck"]["test"][-1], str(free_port())
    given = {"PORT": port}
    if "SECRET_KEY" in app["environment"]:
        given |= {"ALLOWED_HOSTS": "localhost,127.0.0.1", "SECRET_KEY": secrets.token_urlsafe(50)}
    run(uv_executable(), "lock", "--quiet", cwd=service.path)
    python = interpreters.available().get("3.13") or list(interpreters.available().values())[-1]

    lines = []
    with images.start(service.path, tmp_path, python, **given) as process:
        try:
            assert process.stdout
            assert process.stderr
            for line in process.stdout:
                lines.append(line)
                if re.search('"message":"(Listening|Uvicorn running)', line):
                    run(sys.executable, "-c", until_ready(probe, port), cwd=tmp_path)
                    process.send_signal(signal.SIGTERM)
            code, errors = process.wait(HANG_S), process.stderr.read()
        finally:
            process.kill()
    assert code == 0, (tmp_path / "build.log").read_text(encoding="utf-8") + errors
    assert not errors, f"a platform shows what is on stderr as errors:\n{errors}"
    said = [json.loads(line) for line in lines]
    assert {record["environment"] for record in said} == {"production"}
    messages = [record["message"] for record in said]
    for message in ("Application starting", "Application ready", "Application stopped"):
        assert message in messages, f"{message!r} is missing:\n{''.join(lines)}"


def until_ready(probe: str, port: str) -> str:
    """The code of the health check, as often as it takes a process to listen."""
    return (
        f"import time\ndeadline = time.monotonic() + {HANG_S}\nwhile True:\n"
        f"    try:\n        {probe.replace('8000', port)}\n        break\n"
        "    except OSError:\n        assert time.monotonic() < deadline, 'it is not ready'\n"
        "        time.sleep(0.02)\n"
    )


def test_all_steps_of_the_image_are_run_but_two(service: Service) -> None:
    """uv is here already, and the user is a number."""
    steps = images.Image.of(service.path / "Dockerfile").steps

    assert [step for step in steps if step.startswith(images.NOT_HERE)] == [steps[0], steps[-1]]
    assert len(steps) == 4


def test_without_a_lock_a_build_ends_and_the_dockerfile_says_what_to_do(service: Service) -> None:
    dockerfile = (service.path / "Dockerfile").read_text(encoding="utf-8")
    image = images.Image.of(service.path / "Dockerfile")
    steps = [step for step in image.steps if step.startswith("uv sync")]

    assert len(steps) == 2
    for step in steps:
        assert "--locked" in shlex.split(step)
    failed = run(uv_executable(), *shlex.split(steps[0])[1:], cwd=service.path, fails=True)
    assert "`uv lock`" in failed.stderr
    above = dockerfile.partition("\nCOPY pyproject.toml uv.lock")[0].splitlines()[-1]
    assert above.startswith("# ")
    assert "`uv lock`" in above


def test_git_keeps_the_lock(service: Service) -> None:
    run("git", "init", "--quiet", cwd=service.path)
    ignored = run("git", "check-ignore", "uv.lock", cwd=service.path, fails=True)

    assert not ignored.stdout
    assert run("git", "check-ignore", ".venv/", ".env", cwd=service.path).stdout


def test_railway_is_told_what_it_knows_and_by_the_types_it_takes(
    make_service: MakeService,
) -> None:
    """Its schema is not checked: it is on the network only."""
    service = make_service(redis="streams")
    of_a_consumer = OF_RAILWAY["deploy"].keys() - {"healthcheckPath", "healthcheckTimeout"}

    for name, command, said in (
        ("railway.json", "orders", OF_RAILWAY["deploy"].keys()),
        ("railway.consumer.json", "orders-consumer", of_a_consumer),
    ):
        settings = json.loads((service.path / name).read_text(encoding="utf-8"))
        assert settings.pop("$schema") == "https://railway.com/railway.schema.json"
        assert settings.keys() == OF_RAILWAY.keys()
        deploy = settings["deploy"]
        assert deploy.keys() == said
        for part, names in settings.items():
            for setting, value in names.items():
                assert type(value) is OF_RAILWAY[part][setting], f"{name}: {setting} is {value!r}"
        assert deploy["drainingSeconds"] > int(default_of(service, "SHUTDOWN_GRACE_S"))
        quiet = default_of(service, "LOG_QUIET_PATHS").split(",")
        assert deploy.get("healthcheckPath", quiet[0]) in quiet
        *shell, started = shlex.split(deploy["startCommand"])
        assert shell == ["/bin/sh", "-c"]
        assert started.endswith(f" exec {command}")
        shown = run(*shell, started.replace(f"exec {command}", "env"), cwd=ROOT).stdout
        assert "ENVIRONMENT=production" in shown.splitlines()


def test_compose_files_are_what_compose_accepts(make_service: MakeService) -> None:
    every = combinations("framework", "redis")
    paths = [make_service(label(row), **row).path / "compose.yaml" for row in every]
    distinct = {path.read_bytes(): path for path in paths}
    check = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec")

    assert len(distinct) > 6
    run(*check, *distinct.values(), cwd=ROOT)


@pytest.mark.parametrize("answers", combinations("framework", "redis"), ids=label)
def test_a_compose_file_fits_its_service(
    make_service: MakeService, answers: dict[str, str]
) -> None:
    service = make_service(**answers)
    services = composed(service)["services"]
    worker = answers["framework"] == "none"
    redis = ["redis"] if answers["redis"] != "none" else []
    consumer = ["consumer"] if answers["redis"] == "streams" and not worker else []

    assert sorted(services) == sorted(["app", *consumer, *redis])
    known = (service.path / ".env.example").read_text(encoding="utf-8")
    scripts = tomllib.loads((service.path / "pyproject.toml").read_text())["project"]["scripts"]
    for name, one in services.items():
        assert one["read_only"], f"{name} could write to its image"
        if name == "redis":
            continue
        assert int(one["stop_grace_period"].removesuffix("s")) > int(
            default_of(service, "SHUTDOWN_GRACE_S")
        )
        assert set(one.get("command", [])) <= scripts.keys()
        for variable, value in one["environment"].items():
            assert f"\n# {variable}=" in known, f"{variable} is not in .env.example"
            assert not re.search("KEY|SECRET|PASSWORD", variable) or value.startswith("${")
    assert not redis or services["app"]["environment"]["REDIS_URL"] == "redis://redis:6379/0"


def test_tools_are_in_a_dependency_group(make_service: MakeService) -> None:
    """PEP 735: what only developers need is no part of the package, nor of its extras."""
    for answers in combinations("framework"):
        text = (make_service(label(answers), **answers).path / "pyproject.toml").read_text()
        project = tomllib.loads(text)
        named = {re.split("[<>=]", need)[0] for need in project["dependency-groups"]["dev"]}

        assert {"mypy", "pytest", "ruff"} <= named
        assert not {"mypy", "pytest", "ruff"} & {
            re.split("[<>=]", need)[0] for need in project["project"]["dependencies"]
        }
        assert "optional-dependencies" not in project["project"]
        assert "dev-dependencies" not in project["tool"].get("uv", {}), "which PEP 735 replaced"


@pytest.mark.installs
def test_a_wheel_is_built_without_a_warning_and_says_that_it_is_typed(
    service: Service, tmp_path: Path
) -> None:
    built = run(uv_executable(), "build", "--out-dir", tmp_path / "dist", cwd=service.path)

    assert "warning" not in built.stderr.lower(), built.stderr
    assert len([*(tmp_path / "dist").glob("*.tar.gz")]) == 1
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert "orders/py.typed" in ZipFile(wheel).namelist()


def test_only_consumers_beside_endpoints_have_a_file_for_railway(make_service: MakeService) -> None:
    for answers in combinations("framework", "redis"):
        made = make_service(label(answers), **answers).files()
        wanted = answers["redis"] == "streams" and answers["framework"] != "none"
        assert ("railway.consumer.json" in made) == wanted


def test_only_services_that_are_deployed_have_the_files(make_service: MakeService) -> None:
    files = ("Dockerfile", "compose.yaml", "railway.json")
    wanted = {"railway": files, "docker": files[:2], "none": ()}

    for answer, names in wanted.items():
        made = make_service(answer, deploy=answer).files()
        assert tuple(name for name in files if name in made) == names
