# Managed by the service template: change it there, or expect a merge on update.
"""REDIS_URL and what clients make of it: checked before anything connects, bounded in time."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .redis_embedded import binary

USE = "use redis://user:password@host:6379/0, with %2F, %3F and %23 for / ? # of the password"

MAX_CONNECTIONS = 50
"""Of one client; a command waits for a free one as long as for an answer."""

RETRIES = 2
"""Further attempts after a connection that broke or was refused, 50 to 400 ms apart."""

HEALTH_CHECK_S = 30
"""A connection that was idle for this long is tried before it is used."""


def redis_address(text: str) -> str:
    """`text`, if it is a URL that redis-py takes as it is meant; "" is an unset one.

    redis:// and rediss:// (TLS) name a host, unix:// an absolute path; the query may hold `db`
    and options that begin with `ssl_`. Elsewhere redis-py guesses, or fails at the first command.
    """
    try:
        if text:
            _check(text)
    except Exception:  # noqa: BLE001 - its text may quote half of a password as a port
        raise ValueError(f"is not a Redis URL; {USE}") from None
    return text


def _check(text: str) -> None:
    parts = urlsplit(text)
    options = parse_qsl(parts.query, strict_parsing=True) if parts.query else []
    if parts.scheme == "unix":
        good = not parts.hostname and parts.path.startswith("/")
    else:
        good = bool(parts.hostname) and parts.port != 0 and parts.scheme in {"redis", "rediss"}
        good = good and re.fullmatch(r"(/[0-9]*)?", parts.path) is not None
    good = good and all(name == "db" or name.startswith("ssl_") for name, _ in options)
    if not good or "#" in text or not text.isprintable() or " " in text:
        raise ValueError
    (parts.hostname or "").encode("idna")

    from redis.connection import ConnectionPool  # here: the table is read where no redis-py is

    ConnectionPool.from_url(text).make_connection()


def missing(environment: str) -> str | None:
    """What is wrong with an unset REDIS_URL; nothing where one can be started instead."""
    if environment != "development":
        return f"REDIS_URL is not set; {environment} needs one: {USE}"
    if not binary():
        return f"REDIS_URL is not set, and no redis-server is here to be started; {USE}"
    return None


def pool_options(retry: Any, *, connect_ms: int, answer_ms: int) -> dict[str, Any]:
    """Options of a pool of connections; `retry` is the class of that pool's module.

    No wait is without a bound: `connect_ms` for a free connection and for connecting, `answer_ms`
    for an answer. A command that got none in time may have been run: it is not sent again.
    """
    from redis.backoff import ExponentialWithJitterBackoff
    from redis.exceptions import ConnectionError
    from redis.maint_notifications import MaintNotificationsConfig

    return {
        "max_connections": MAX_CONNECTIONS,
        "timeout": connect_ms / 1000,
        "socket_connect_timeout": connect_ms / 1000,
        "socket_timeout": answer_ms / 1000,
        "retry": retry(
            ExponentialWithJitterBackoff(base=0.05, cap=0.4),
            RETRIES,
            supported_errors=(ConnectionError,),
        ),
        "health_check_interval": HEALTH_CHECK_S,
        "protocol": 3,
        "decode_responses": True,
        # They would stretch the bounds above while a server moves.
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
    }


def location(url: str) -> dict[str, Any]:
    """Where the URL leads, as fields; neither user nor password."""
    parts = urlsplit(url)
    db = dict(parse_qsl(parts.query)).get("db") or parts.path.strip("/")
    is_socket = parts.scheme == "unix"
    return {
        "redis_host": parts.path if is_socket else parts.hostname,
        "redis_port": None if is_socket else parts.port or 6379,
        "redis_db": int(db) if db.isdigit() else 0,
        "redis_tls": parts.scheme == "rediss",
    }
