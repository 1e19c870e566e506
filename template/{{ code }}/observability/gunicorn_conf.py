# Managed by the template: edits here are merged on update.
"""Settings of gunicorn, under its own names: `gunicorn.conf.py` and `run` import them."""

import logging
import os
import signal
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from .config import configure_logging
from .logger import get_logger
from .record import is_logged
from .settings import get_settings
from .wsgi import running, start, stop

logger = get_logger(__name__)

LAST_LINES_S = 2
"""Seconds after the grace that a worker has for its last lines, before the master kills it."""


class StandardLogger(Logger):  # type: ignore[misc]
    """gunicorn's lines through our handler; its access lines repeat `request_completed`."""

    def setup(self, cfg: Any) -> None:
        """Configure logging at the start and at each reload."""
        self.cfg = cfg
        self._access_log_enabled = False
        configure_logging()


class StandardWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threads, with lines for the start and the stop, and a stop that loses none."""

    nr_conns: int

    def init_process(self) -> None:
        self.cfg.set("graceful_timeout", max(0, self.cfg.graceful_timeout - LAST_LINES_S))
        try:
            super().init_process()
        finally:
            _end()

    def load_wsgi(self) -> None:
        try:
            super().load_wsgi()
            start()
        except Exception as error:
            if not is_logged(error):
                logger.critical("Application failed to load", exc_info=True)
            raise SystemExit(Arbiter.APP_LOAD_ERROR) from None  # gunicorn would print it to stderr

    def handle_exit(self, sig: int, frame: Any) -> None:
        super().handle_exit(sig, frame)
        # gunicorn counts a connection that it has closed itself as two, and would wait for too few.
        idle = len(self.keepalived_conns) + len(self.pending_conns)
        self.nr_conns = max(self.nr_conns, len(running) + idle)

    def handle_quit(self, sig: int, frame: Any) -> None:
        # gunicorn's own takes a lock that the main thread may hold, and raises SystemExit there.
        super().handle_exit(sig, frame)
        self.nr_conns = 0


def _end() -> None:
    """Log the requests that outlast the grace, and the stop of this process."""
    for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    cut = list(running)
    for response in cut:
        response.log.outcome = "cancelled"
        response.context.copy().run(response.log.complete)  # its thread is in the context itself
    stop()
    if cut:  # the interpreter would wait for their threads, which cannot be stopped
        logging.shutdown()
        os._exit(0)


configure_logging()
_settings = get_settings()

bind = f"{_settings.host}:{_settings.port}"
workers = _settings.web_concurrency
worker_class = StandardWorker
threads = 8
forwarded_allow_ips = ",".join(map(str, _settings.forwarded_allow_ips))
logger_class = StandardLogger
control_socket_disable = True  # its socket is a file in the home folder; a container may have none
graceful_timeout = _settings.shutdown_grace_s + LAST_LINES_S
