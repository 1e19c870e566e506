# Managed by the template: edits here are merged on update.
"""Environment variables: one table, read and checked once; the service's name and version."""

import ipaddress
import json
import logging
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeVar

SLOW_OPERATION_THRESHOLD_MS = 1000
RAILWAY_LINES_PER_SECOND = 450  # Railway silently drops lines above 500 per second and replica.
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Table = TypeVar("Table")
TABLES: list[type[Any]] = []
"""Every table of variables; a start checks them all."""


class SettingsError(ValueError):
    """A variable has a value that is not allowed; the text is one line for the operator."""


Convert = Callable[[str], Any]


def variable(convert: Convert, default: str, allowed: str, meaning: str) -> Any:
    """Declare a row: the environment variable of the field's name in capitals.

    `convert` raises ValueError for text that is not allowed. The value of a row whose `allowed`
    names a secret or a URL is never shown.
    """
    row = {"convert": convert, "default": default, "allowed": allowed, "meaning": meaning}
    return field(default_factory=lambda: convert(default), metadata=row)


def choice(words: str, meaning: str) -> Any:
    """Declare a row of words in any case; the first one is the default."""
    given = words.split()
    allowed = f"one of {', '.join(given)}"
    return variable(lambda text: given[given.index(text.lower())], given[0], allowed, meaning)


def number(low: int, default: int, high: int, meaning: str) -> Any:
    """Declare a row of whole numbers from `low` to `high`."""

    def convert(text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text[:12]) <= high):
            raise ValueError
        return int(text)

    return variable(convert, str(default), f"a whole number from {low} to {high}", meaning)


def matching(pattern: str) -> Callable[[str], str]:
    """Convert text that matches the whole pattern to itself."""

    def convert(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError
        return text

    return convert


def listed(convert: Convert) -> Convert:
    """Convert items between commas to a tuple."""
    return lambda text: tuple(convert(item.strip()) for item in text.split(",") if item.strip())


def table(declared: type[Table]) -> type[Table]:
    """Register a frozen dataclass of rows."""
    TABLES.append(declared)
    return declared


LEVELS = {logging.getLevelName(level): level for level in range(10, 60, 10)}


def _level(text: str) -> int:
    if text.strip().upper() not in LEVELS:
        raise ValueError
    return LEVELS[text.strip().upper()]


def _level_of_logger(text: str) -> tuple[str, int]:
    name, _, level = matching(r"[^=\s]+ *= *\w+")(text).partition("=")
    return name.strip(), _level(level)


@table
@dataclass(frozen=True, kw_only=True, repr=False)
class Settings:
    """The variables of logging and of the server; an empty variable counts as unset."""

    environment: str = choice(
        "development test staging production",
        "Where the service runs; if unset, what RAILWAY_ENVIRONMENT_NAME implies",
    )
    service_version: str = variable(
        matching(r"[A-Za-z0-9._+-]{0,64}"),
        "",
        "1 to 64 of letters, digits, `.`, `_`, `+` and `-`",
        "Version on every line, if not the distribution's",
    )
    log_level: int = variable(
        _level, "INFO", f"one of {', '.join(LEVELS)}", "Lowest level that is written"
    )
    log_levels: tuple[tuple[str, int], ...] = variable(
        listed(_level_of_logger),
        "",
        "name=LEVEL,other.name=LEVEL",
        "Lowest level of single loggers",
    )
    log_allow_debug: str = choice("0 1", "Whether production may write DEBUG")
    log_format: str = choice(
        "auto json console logfmt",
        "Format of a line; auto is console in development and test, else json",
    )
    log_file: str = variable(str, "app.log", "a path", "Rotating file of development; `-`: none")
    log_quiet_paths: tuple[str, ...] = variable(
        listed(matching("/.*")),
        "/health/live,/health/ready",
        "/one,/two",
        "Paths that are logged when they fail",
    )
    log_ip_policy: str = choice("truncate full", "Client addresses: cut to /24 and /48, or full")
    log_max_lines_per_second: int = number(
        0, 0, 1_000_000, "Lines per second and process; 0: no limit; 450 on Railway"
    )
    audit_key: bytes = variable(
        lambda text: matching("|.{16,}")(text).encode(),
        "",
        "a secret of 16 characters or more",
        "Key of the hashes that chain audit records",
    )
    audit_deadline_ms: int = number(1, 1000, 60_000, "Longest wait of an audit record, in ms")
    slow_operation_threshold_ms: int = number(
        0, SLOW_OPERATION_THRESHOLD_MS, 86_400_000, "Longer operations are logged as slow, in ms"
    )
    host: str = variable(
        lambda text: str(ipaddress.ip_address(text)),
        "127.0.0.1",
        "an address: 127.0.0.1, or 0.0.0.0 in a container",
        "Address that the service listens on",
    )
    port: int = number(0, 8000, 65_535, "Port that it listens on; 0: a free port")
    shutdown_grace_s: int = number(0, 20, 3600, "Time of running work after SIGTERM, in seconds")
    web_concurrency: int = number(1, 1, 256, "Processes that answer requests")
    forwarded_allow_ips: tuple[Network, ...] = variable(
        listed(ipaddress.ip_network),
        "127.0.0.1,::1",
        "10.0.0.0/8,192.0.2.7",
        "Proxies whose X-Forwarded-For counts",
    )


def load(declared: type[Table], environ: Mapping[str, str] = os.environ) -> Table:
    """Read one table; raise SettingsError with one line that names every bad value."""
    values, problems = dict[str, Any](), []
    for row in fields(declared):  # type: ignore[arg-type]
        name = row.name.upper()
        if text := environ.get(name, "").strip() or _implied(name, environ):
            try:
                values[row.name] = row.metadata["convert"](text)
            except ValueError:
                allowed = row.metadata["allowed"]
                # The password cannot be located in an invalid secret or URL, so neither is shown.
                hidden = "secret" in allowed or "URL" in allowed
                shown = "" if hidden else f"={json.dumps(text[:80])}"
                problems.append(f"{name}{shown} is not allowed; use {allowed}")
    if problems:
        raise SettingsError("; ".join(problems))
    return declared(**values)


def _implied(name: str, environ: Mapping[str, str]) -> str:
    railway = environ.get("RAILWAY_ENVIRONMENT_NAME", "").strip().lower()
    if railway and name == "ENVIRONMENT":
        return "production" if railway == "production" else "staging"
    on_railway = any(variable.startswith("RAILWAY_") for variable in environ)
    return (
        str(RAILWAY_LINES_PER_SECOND) if on_railway and name == "LOG_MAX_LINES_PER_SECOND" else ""
    )


@cache
def get_settings() -> Settings:
    """Return the settings of this process, read at the first call."""
    return load(Settings)


class Service:
    """The service's name on every line, set by the package's `__init__`, and its version."""

    name = "service"

    @property
    def version(self) -> str:
        try:
            return get_settings().service_version or version(self.name)
        except PackageNotFoundError:  # a source tree that was never installed
            return "0+uninstalled"


service = Service()
