"""The environment variables: defaults, what each allows, and how a bad one is reported."""

import ipaddress
import json
import logging
from dataclasses import fields
from importlib import metadata

import pytest
from children import run
from observability.settings import Settings, service

GOOD = [
    ("ENVIRONMENT", " Production ", "production"),
    ("SERVICE_VERSION", "2026.11+1f3a", "2026.11+1f3a"),
    ("LOG_LEVEL", "warning", logging.WARNING),
    ("LOG_LEVELS", "a.b=DEBUG, root=error", (("a.b", 10), ("root", 40))),
    ("LOG_FORMAT", "LOGFMT", "logfmt"),
    ("LOG_SCHEMA", "ECS", "ecs"),
    ("GOOGLE_CLOUD_PROJECT", "shop", "projects/shop/traces/"),
    ("LOG_QUIET_PATHS", "/ping,metrics,", ("/ping", "/metrics")),
    ("LOG_MAX_LINES_PER_SECOND", "1000000", 1_000_000),
    ("AUDIT_KEY", "k" * 16, b"k" * 16),
    ("HOST", "::", "::"),
    ("PORT", "0", 0),
    ("FORWARDED_ALLOW_IPS", "10.0.0.0/8", (ipaddress.ip_network("10.0.0.0/8"),)),
]

BAD = [
    ("ENVIRONMENT", "prod", "one of development, test, staging, production"),
    ("LOG_LEVEL", "verbose", "one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
    ("LOG_LEVELS", "a:DEBUG", "name=LEVEL"),
    ("LOG_LEVELS", "a=LOUD", "name=LEVEL,other=LEVEL of DEBUG, INFO"),
    ("LOG_ALLOW_DEBUG", "yes", "one of 0, 1"),
    ("LOG_SCHEMA", "elastic", "one of standard, ecs, gcp, datadog"),
    ("LOG_MAX_LINES_PER_SECOND", "-1", "0 to 1000000"),
    ("PORT", "65536", "0 to 65535"),
    ("PORT", "0" * 12 + "99999", "0 to 65535"),
    ("PORT", "9" * 5000, "0 to 65535"),
    ("AUDIT_KEY", "hunter2", "16 characters"),
    ("FORWARDED_ALLOW_IPS", "*", "10.0.0.0/8"),
]


def test_each_variable_has_a_default_and_a_meaning_and_an_empty_one_counts_as_unset() -> None:
    assert Settings.load({}) == Settings.load({"LOG_LEVEL": "", "PORT": "  "})
    assert [row.name for row in fields(Settings) if not row.metadata["meaning"]] == []


@pytest.mark.parametrize(("name", "text", "value"), GOOD)
def test_an_allowed_value_is_read(name: str, text: str, value: object) -> None:
    assert getattr(Settings.load({name: text}), name.lower()) == value


@pytest.mark.parametrize(("name", "text", "allowed"), BAD)
def test_a_bad_value_names_the_variable_the_value_and_what_is_allowed(
    name: str, text: str, allowed: str
) -> None:
    with pytest.raises(ValueError, match=allowed) as raised:
        Settings.load({name: text})

    shown = json.dumps(text[:80]) if name != "AUDIT_KEY" else "[redacted]"
    assert str(raised.value).startswith(f"{name}={shown} is not allowed; use ")


@pytest.mark.parametrize(
    ("given", "environment", "limit"),
    [
        ({}, "development", 0),
        ({"RAILWAY_ENVIRONMENT_NAME": "Production"}, "production", 450),
        ({"RAILWAY_ENVIRONMENT_NAME": "pr-12"}, "staging", 450),
        ({"ENVIRONMENT": "test", "RAILWAY_ENVIRONMENT_NAME": "production"}, "test", 450),
        ({"RAILWAY_ENVIRONMENT_NAME": "a", "LOG_MAX_LINES_PER_SECOND": "9"}, "staging", 9),
    ],
)
def test_what_is_unset_is_what_railway_implies(
    given: dict[str, str], environment: str, limit: int
) -> None:
    found = Settings.load(given)

    assert (found.environment, found.log_max_lines_per_second) == (environment, limit)


@pytest.mark.parametrize(("name", "text"), [("LOG_LEVEL", "a\nFORGED"), ("OTHER", "0")])
def test_a_start_checks_all_tables_and_a_bad_value_is_one_line(name: str, text: str) -> None:
    code = """
from dataclasses import dataclass
from observability.config import configure_logging
from observability.settings import Table, number, variable
@dataclass(frozen=True)
class Other(Table):
    other: int = variable(number(1, 9), "1", "Of another module")
configure_logging()
"""
    done = run(code, begin="", **{"PORT": "80", name: text})  # type: ignore[arg-type]

    assert (done.code, done.output) == (2, "")
    (line,) = done.errors.splitlines()
    assert line.startswith(f"{name}={json.dumps(text)} is not allowed; use ")


def test_the_version_is_the_distribution_s(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.load({}).service_version == "0+uninstalled", "it is not installed here"
    monkeypatch.setattr(service, "name", "pytest")
    assert Settings.load({}).service_version == metadata.version("pytest")
