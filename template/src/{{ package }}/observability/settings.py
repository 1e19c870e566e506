# Managed by the service template: change it there, or expect a merge on update.
"""The environment variables of the standard: one table, read and validated once."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

from .parsing import address, choice, key, level, levels, number, paths
from .redaction import is_sensitive, redact

SLOW_OPERATION_THRESHOLD_MS = 1000


class SettingsError(ValueError):
    """A variable has a value that is not allowed; the text is one line for the operator."""


def variable(parse: Callable[[str], Any], default: str, unit: str, meaning: str) -> Any:
    row = {"parse": parse, "default": default, "unit": unit, "meaning": meaning}
    return field(default_factory=lambda: parse(default), metadata=row)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The table: each field is the variable of that name in capitals; an empty one is unset."""

    environment: str = variable(
        choice("development", "test", "staging", "production"),
        "development",
        "name",
        "Where the service runs; if unset, what RAILWAY_ENVIRONMENT_NAME implies",
    )
    log_level: int = variable(level, "INFO", "level", "Lowest level that is written")
    log_levels: dict[str, int] = variable(
        levels, "", "list", "Lowest level of single loggers: name=LEVEL,other.name=LEVEL"
    )
    log_allow_debug: str = variable(
        choice("0", "1"), "0", "0 or 1", "Whether production may write DEBUG"
    )
    log_format: str = variable(
        choice("auto", "json", "console", "logfmt"),
        "auto",
        "name",
        "Shape of a line; auto is console in development and test, else json",
    )
    log_file: str = variable(
        str, "app.log", "path", "Rotating file beside stdout, in development only"
    )
    log_quiet_paths: frozenset[str] = variable(
        paths, "/health/live,/health/ready", "list", "Paths that write a line only when they fail"
    )
    log_ip_policy: str = variable(
        choice("truncate", "full", "hash"),
        "truncate",
        "name",
        "Client addresses: truncate (IPv4 to /24, IPv6 to /48), full or hash",
    )
    ip_hash_key: bytes = variable(
        key, "", "text", "Key of that hash; production needs one, 16 characters or more"
    )
    slow_operation_threshold_ms: int = variable(
        number(0, 86_400_000),
        str(SLOW_OPERATION_THRESHOLD_MS),
        "ms",
        "Operations that take longer are logged as slow",
    )
    host: str = variable(address, "127.0.0.1", "address", "Where the service listens")
    port: int = variable(
        number(0, 65_535), "8000", "number", "Where the service listens; 0: a free port"
    )
    shutdown_grace_s: int = variable(
        number(0, 3600), "20", "s", "How long running work may go on after SIGTERM"
    )


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the table; raise SettingsError with one line that names every bad value."""
    values: dict[str, Any] = {"environment": _implied_environment(environ)}
    problems = []
    for row in fields(Settings):
        name = row.name.upper()
        if not (text := environ.get(name, "").strip()):
            continue
        try:
            values[row.name] = row.metadata["parse"](text)
        except ValueError as error:
            shown = "" if is_sensitive(name) else "=" + json.dumps(redact(text[:80]))
            problems.append(f"{name}{shown} {error}")
    settings = Settings(**values)
    if (
        settings.log_ip_policy == "hash"
        and settings.environment == "production"
        and not settings.ip_hash_key
    ):
        problems.append("IP_HASH_KEY is not set; LOG_IP_POLICY=hash needs one in production")
    if problems:
        raise SettingsError("; ".join(problems))
    return settings


def _implied_environment(environ: Mapping[str, str]) -> str:
    railway = environ.get("RAILWAY_ENVIRONMENT_NAME", "").strip().lower()
    if not railway:
        return "development"
    return "production" if railway == "production" else "staging"


current = cache(load)
"""The settings of this process, read at the first call."""
