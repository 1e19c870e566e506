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
LEVELS = {logging.getLevelName(level): level for level in range(10, 60, 10)}

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Parse = Callable[[str], Any]
Table = TypeVar("Table")


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
    """Accept one of these words, in any case."""
    return parser(lambda text: words[words.index(text.lower())], f"one of {', '.join(words)}")


def number(low: int, high: int) -> Parse:
    """Accept a whole number from `low` to `high`."""
    allowed = f"a whole number from {low} to {high}"
    return parser(lambda text: low + range(low, high + 1).index(int(text)), allowed)


def matching(pattern: str, allowed: str) -> Parse:
    """Accept text that matches the whole pattern."""
    return parser(lambda text: re.findall(rf"\A(?:{pattern})\Z", text)[0], allowed)


def listed(parse: Parse) -> Parse:
    """Accept items between commas."""
    return lambda text: tuple(parse(item.strip()) for item in text.split(",") if item.strip())


def variable(parse: Parse, default: str, meaning: str, *, secret: bool = False) -> Any:
    """Declare a row: the environment variable of the field's name in capitals."""
    row = {"parse": parse, "default": default, "meaning": meaning, "secret": secret}
    return field(default_factory=lambda: parse(default), metadata=row)


TABLES: list[type[Any]] = []
"""Every table of variables; a start checks them all."""


def table(declared: type[Table]) -> type[Table]:
    """Register a frozen dataclass of rows."""
    TABLES.append(declared)
    return declared


_level = parser(lambda text: LEVELS[text.strip().upper()], f"one of {', '.join(LEVELS)}")
_pair = matching(r"[^=\s]+=\w+", "name=LEVEL,other.name=LEVEL")
_address = parser(ipaddress.ip_address, "an address: 127.0.0.1, or 0.0.0.0 in a container")
_network = parser(ipaddress.ip_network, "addresses and networks: 10.0.0.0/8,192.0.2.7")
_path = matching("/.*", "paths: /one,/two")
_key = matching("|.{16,}", "16 characters or more")


def _level_of_logger(text: str) -> tuple[str, int]:
    name, _, level = _pair(text).partition("=")
    return name, _level(level)


@table
@dataclass(frozen=True, kw_only=True, repr=False)
class Settings:
    """The variables of logging and of the server; an empty variable counts as unset."""

    environment: str = variable(
        choice("development", "test", "staging", "production"),
        "development",
        "Where the service runs; if unset, what RAILWAY_ENVIRONMENT_NAME implies",
    )
    service_version: str = variable(str, "", "Version on every line, if not the distribution's")
    log_level: int = variable(_level, "INFO", "Lowest level that is written")
    log_levels: tuple[tuple[str, int], ...] = variable(
        listed(_level_of_logger), "", "Lowest level of single loggers: name=LEVEL,other=LEVEL"
    )
    log_allow_debug: str = variable(choice("0", "1"), "0", "Whether production may write DEBUG")
    log_format: str = variable(
        choice("auto", "json", "console", "logfmt"),
        "auto",
        "Format of a line; auto is console in development and test, else json",
    )
    log_file: str = variable(str, "app.log", "Rotating file of development; `-` for none")
    log_quiet_paths: tuple[str, ...] = variable(
        listed(_path), "/health/live,/health/ready", "Paths that are logged only when they fail"
    )
    log_ip_policy: str = variable(
        choice("truncate", "full"), "truncate", "Client addresses: cut to /24 and /48, or full"
    )
    log_max_lines_per_second: int = variable(
        number(0, 1_000_000), "0", "Lines per second and process; 0: no limit; 450 on Railway"
    )
    audit_key: bytes = variable(
        lambda text: _key(text).encode(), "", "Key of the audit records' hashes", secret=True
    )
    audit_deadline_ms: int = variable(
        number(1, 60_000), "1000", "How long an audit record may wait for the reader, in ms"
    )
    slow_operation_threshold_ms: int = variable(
        number(0, 86_400_000),
        str(SLOW_OPERATION_THRESHOLD_MS),
        "Operations that take longer are logged as slow, in ms",
    )
    host: str = variable(lambda text: str(_address(text)), "127.0.0.1", "Address to listen on")
    port: int = variable(number(0, 65_535), "8000", "Port to listen on; 0: a free port")
    shutdown_grace_s: int = variable(
        number(0, 3600), "20", "How long running work may go on after SIGTERM, in seconds"
    )
    web_concurrency: int = variable(number(1, 256), "1", "Processes that answer requests")
    forwarded_allow_ips: tuple[Network, ...] = variable(
        listed(_network), "127.0.0.1,::1", "Proxies whose X-Forwarded-For is trusted"
    )


def load(declared: type[Table], environ: Mapping[str, str] = os.environ) -> Table:
    """Read one table; raise SettingsError with one line that names every bad value."""
    values, problems = dict[str, Any](), []
    for row in fields(declared):  # type: ignore[arg-type]
        name = row.name.upper()
        text = environ.get(name, "").strip() or _implied(name, environ)
        try:
            if text:
                values[row.name] = row.metadata["parse"](text)
        except ValueError as error:
            # The password cannot be located in an invalid secret or URL, so neither is shown.
            shown = "" if row.metadata["secret"] else f"={json.dumps(text[:80])}"
            problems.append(f"{name}{shown} {error}")
    if problems:
        raise SettingsError("; ".join(problems))
    return declared(**values)


def _implied(name: str, environ: Mapping[str, str]) -> str:
    # Railway silently drops lines above 500 per second and replica.
    railway = environ.get("RAILWAY_ENVIRONMENT_NAME", "").strip().lower()
    if railway and name == "ENVIRONMENT":
        return "production" if railway == "production" else "staging"
    return "450" if railway and name == "LOG_MAX_LINES_PER_SECOND" else ""


def load_all() -> None:
    """Check every table; raise SettingsError with one line for all of them."""
    problems = []
    for declared in TABLES:
        try:
            load(declared)
        except SettingsError as error:
            problems.append(str(error))
    if problems:
        raise SettingsError("; ".join(problems))


@cache
def get_settings() -> Settings:
    """Return the settings of this process, read at the first call."""
    return load(Settings)


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
