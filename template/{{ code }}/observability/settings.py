# Managed by the template: edits here are merged on update.
"""Environment variables: one table, read and checked once; the service's name and version."""

import ipaddress
import json
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeVar

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Parse = Callable[[str], Any]
Table = TypeVar("Table")

SLOW_OPERATION_THRESHOLD_MS = 1000
TABLES: list[type[Any]] = []  # a start checks them all


class SettingsError(ValueError):
    """A variable has a value that is not allowed; the text is one line for the operator."""


def parser(convert: Parse, allowed: str) -> Parse:
    """Return `convert` with one kind of error: a ValueError that says what is allowed."""

    def parse(text: str) -> Any:
        try:
            return convert(text)
        except (ValueError, LookupError):
            raise ValueError(f"is not allowed; use {allowed}") from None

    return parse


def choice(*words: str) -> Parse:
    return parser(lambda text: words[words.index(text.lower())], f"one of {', '.join(words)}")


def number(low: int, high: int) -> Parse:
    """Accept a whole number from `low` to `high`."""
    allowed = f"a whole number from {low} to {high}"
    return parser(lambda text: low + range(low, high + 1).index(int(text)), allowed)


def listed(parse: Parse) -> Parse:
    return lambda text: tuple(parse(item.strip()) for item in text.split(",") if item.strip())


def variable(parse: Parse, default: str, meaning: str, *, secret: bool = False) -> Any:
    """Declare a row: the environment variable of the field's name in capitals."""
    row = {"parse": parse, "default": default, "meaning": meaning, "secret": secret}
    return field(default_factory=lambda: parse(default), metadata=row)


def table(declared: type[Table]) -> type[Table]:
    """Register a frozen dataclass of rows."""
    TABLES.append(declared)
    return declared


def _level_of_logger(text: str) -> tuple[str, int]:
    name, level = text.split("=")
    return name.strip(), _LEVELS[level.strip().upper()]


def _key(text: str) -> bytes:
    if 0 < len(text) < 16:
        raise ValueError("is not allowed; use 16 characters or more")
    return text.encode()


_LEVELS = {logging.getLevelName(level): level for level in range(10, 60, 10)}
_level = parser(lambda text: _LEVELS[text.upper()], f"one of {', '.join(_LEVELS)}")
_levels = listed(parser(_level_of_logger, f"name=LEVEL,other=LEVEL of {', '.join(_LEVELS)}"))
_environment = choice("development", "test", "staging", "production")
_format = choice("auto", "json", "console", "logfmt")
_ip_policy = choice("truncate", "full")
_paths = listed(lambda text: f"/{text.lstrip('/')}")
_address = parser(ipaddress.ip_address, "an address: 127.0.0.1, or 0.0.0.0 in a container")
_networks = listed(parser(ipaddress.ip_network, "addresses, networks: 10.0.0.0/8,192.0.2.7"))


@table
@dataclass(frozen=True, kw_only=True, repr=False)
class Settings:
    """The variables of logging and of the server; an empty variable counts as unset."""

    environment: str = variable(_environment, "development", "Where it runs; else as on Railway")
    service_version: str = variable(str, "", "Version on every line, if not the distribution's")
    log_level: int = variable(_level, "INFO", "Lowest level that is written")
    log_levels: tuple[tuple[str, int], ...] = variable(_levels, "", "Lowest levels of loggers")
    log_allow_debug: str = variable(choice("0", "1"), "0", "Whether production may write DEBUG")
    log_format: str = variable(_format, "auto", "auto: console in development and test, else json")
    log_file: str = variable(str, "app.log", "Rotating file of development; `-` for none")
    log_quiet_paths: tuple[str, ...] = variable(
        _paths, "/health/live,/health/ready", "Paths that are logged only when they fail"
    )
    log_ip_policy: str = variable(_ip_policy, "truncate", "Addresses: cut to /24 and /48, or full")
    log_max_lines_per_second: int = variable(number(0, 1_000_000), "0", "0: no limit")
    audit_key: bytes = variable(_key, "", "Key of the audit records' hashes", secret=True)
    audit_deadline_ms: int = variable(number(1, 60_000), "1000", "Longest wait of an audit record")
    slow_operation_threshold_ms: int = variable(
        number(0, 86_400_000), str(SLOW_OPERATION_THRESHOLD_MS), "Longer operations are slow, in ms"
    )
    host: str = variable(lambda text: str(_address(text)), "127.0.0.1", "Address to listen on")
    port: int = variable(number(0, 65_535), "8000", "Port to listen on; 0: a free port")
    shutdown_grace_s: int = variable(number(0, 3600), "20", "How long work goes on after SIGTERM")
    web_concurrency: int = variable(number(1, 256), "1", "Processes that answer requests")
    forwarded_allow_ips: tuple[Network, ...] = variable(_networks, "127.0.0.1,::1", "Known proxies")


def load(declared: type[Table], environ: Mapping[str, str] = os.environ) -> Table:
    """Read one table; raise SettingsError with one line that names every bad value."""
    railway = environ.get("RAILWAY_ENVIRONMENT_NAME", "").strip().lower()
    where = railway if railway == "production" else "staging"
    # Railway silently drops lines above 500 per second and replica.
    implied = {"ENVIRONMENT": where, "LOG_MAX_LINES_PER_SECOND": "450"} if railway else {}
    values, problems = dict[str, Any](), []
    for row in fields(declared):  # type: ignore[arg-type]
        name = row.name.upper()
        text = environ.get(name, "").strip() or implied.get(name) or row.metadata["default"]
        try:
            values[row.name] = row.metadata["parse"](text)
        except ValueError as error:
            # The password cannot be located in an invalid secret or URL, so neither is shown.
            shown = "" if row.metadata["secret"] else f"={json.dumps(text[:80])}"
            problems.append(f"{name}{shown} {error}")
    if problems:
        raise SettingsError("; ".join(problems))
    return declared(**values)


get_settings = cache(partial(load, Settings))
"""Return the settings of this process, read at the first call."""


class Service:
    """The service on every line: its name, set by the package's `__init__`, and its version."""

    name = "service"

    @property
    def version(self) -> str:
        try:
            return get_settings().service_version or version(self.name)
        except PackageNotFoundError:  # a source tree that was never installed
            return "0+uninstalled"


service = Service()
