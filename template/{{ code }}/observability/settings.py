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
from importlib.metadata import distributions
from types import SimpleNamespace
from typing import Any, Self

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Kind = tuple[Callable[[str], Any], str]  # reads the text or raises; what is allowed, in words

service = SimpleNamespace(name="service")
"""The service on every line; the package's `__init__` sets its name."""


class Table:
    """Rows of variables, declared by a frozen dataclass; the start checks those of each."""

    @classmethod
    def load(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read the variables; raise ValueError for the first value that is not allowed."""
        railway = environ.get("RAILWAY_ENVIRONMENT_NAME", "").strip().lower()
        where = railway if railway == "production" else "staging"
        # Railway silently drops lines above 500 per second and replica.
        implied = {"ENVIRONMENT": where, "LOG_MAX_LINES_PER_SECOND": "450"} if railway else {}
        values = dict[str, Any]()
        for row in fields(cls):  # type: ignore[arg-type]
            name, about = row.name.upper(), row.metadata
            text = environ.get(name, "").strip() or implied.get(name, about["default"])
            try:
                values[row.name] = about["kind"][0](text)
            except Exception:  # noqa: BLE001 - a client of others may read it
                # The password cannot be located in an invalid URL, so nothing of that is shown.
                shown = "[redacted]" if about["secret"] and text else json.dumps(text[:80])
                raise ValueError(f"{name}={shown} is not allowed; use {about['kind'][1]}") from None
        return cls(**values)


def variable(kind: Kind, default: str, meaning: str, *, secret: bool = False) -> Any:
    """Declare a row: the environment variable of the field's name in capitals."""
    return field(metadata={"kind": kind, "default": default, "meaning": meaning, "secret": secret})


def choice(*words: str) -> Kind:
    return lambda text: words[words.index(text.lower())], f"one of {', '.join(words)}"


def number(low: int, high: int) -> Kind:
    allowed = f"a whole number from {low} to {high}"
    return lambda text: low + range(low, high + 1).index(int(text)), allowed


def _listed(read: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: tuple(read(item.strip()) for item in text.split(",") if item.strip())


def _level_of_logger(text: str) -> tuple[str, int]:
    name, level = text.split("=")
    return name.strip(), _LEVELS[level.strip().upper()]


def _to_version(text: str) -> str:
    found = (distribution.version for distribution in distributions(name=service.name))
    return text or next(found, "0+uninstalled")  # a source tree that was never installed


_LEVELS = {logging.getLevelName(level): level for level in range(10, 60, 10)}
TEXT = str, "any text"
_key = (lambda text: re.findall("(?s)^.{16,}$|^$", text)[0].encode()), "16 characters or more"
_level = lambda text: _LEVELS[text.upper()], f"one of {', '.join(_LEVELS)}"
_levels = _listed(_level_of_logger), f"name=LEVEL,other=LEVEL of {', '.join(_LEVELS)}"
_environment = choice("development", "test", "staging", "production")
_format = choice("auto", "json", "console", "logfmt")
_schema = choice("standard", "ecs", "gcp", "datadog")
_project = (lambda text: text and f"projects/{text}/traces/"), "the id of a project"
_ms = number(0, 86_400_000)
_HEALTH = "/health/live,/health/ready"
_paths = _listed(lambda text: f"/{text.lstrip('/')}"), "any text"
_networks = _listed(ipaddress.ip_network), "addresses, networks: 10.0.0.0/8,192.0.2.7"


@dataclass(frozen=True, kw_only=True, repr=False)
class Settings(Table):
    """The variables of logging and of the server; an empty variable counts as unset."""

    environment: str = variable(_environment, "development", "Where it runs; else as on Railway")
    service_version: str = variable((_to_version, "any text"), "", "Version, or the distribution's")
    log_level: int = variable(_level, "INFO", "Lowest level that is written")
    log_levels: tuple[tuple[str, int], ...] = variable(_levels, "", "Lowest levels of loggers")
    log_allow_debug: str = variable(choice("0", "1"), "0", "Whether production may write DEBUG")
    log_format: str = variable(_format, "auto", "auto: console in development and test, else json")
    log_schema: str = variable(_schema, "standard", "Keys of the JSON: the standard's, a vendor's")
    google_cloud_project: str = variable(_project, "", "Project of the traces, for LOG_SCHEMA=gcp")
    log_file: str = variable(TEXT, "app.log", "Rotating file of development; `-` for none")
    log_quiet_paths: tuple[str, ...] = variable(_paths, _HEALTH, "Paths logged only if they fail")
    log_ip_policy: str = variable(choice("truncate", "full"), "truncate", "truncate: to /24, /48")
    log_max_lines_per_second: int = variable(number(0, 1_000_000), "0", "0: no limit")
    audit_key: bytes = variable(_key, "", "Key of the audit records' hashes", secret=True)
    audit_deadline_ms: int = variable(number(1, 60_000), "1000", "Longest wait of an audit record")
    slow_operation_threshold_ms: int = variable(_ms, "1000", "Longer is slow, in ms")
    host: str = variable(TEXT, "127.0.0.1", "Address to listen on; 0.0.0.0 in a container")
    port: int = variable(number(0, 65_535), "8000", "Port to listen on; 0: a free port")
    shutdown_grace_s: int = variable(number(0, 3600), "20", "How long work goes on after SIGTERM")
    web_concurrency: int = variable(number(1, 256), "1", "Processes that answer requests")
    forwarded_allow_ips: tuple[Network, ...] = variable(_networks, "127.0.0.1,::1", "Known proxies")


get_settings = cache(Settings.load)  # of this process, read at the first call
