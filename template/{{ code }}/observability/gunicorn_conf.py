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
from .settings import get_settings
from .wsgi import running, start, stop

logger = get_logger(__name__)


class StandardLogger(Logger):  # type: ignore[misc]
    """gunicorn's lines through our handler; its access lines repeat `request_completed`."""

    def setup(self, cfg: Any) -> None:
        self.cfg = cfg
        self._access_log_enabled = False
        configure_logging()


class StandardWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threads, with lines for the start and the stop, and a stop that loses none."""

    nr_conns: int

    def load_wsgi(self) -> None:
        try:
            super().load_wsgi()
            start()
        except Exception:
            logger.critical("Application failed to load", exc_info=True)
            raise SystemExit(Arbiter.APP_LOAD_ERROR) from None  # gunicorn would print it to stderr

    def handle_exit(self, sig: int, frame: Any) -> None:
        super().handle_exit(sig, frame)
        # gunicorn counts a connection that it has closed itself as two, and would wait for too few.
        self.nr_conns = max(self.nr_conns, len(running) + len(self.keepalived_conns))

    def init_process(self) -> None:
        """Run until the stop; log the requests that outlast the grace before the master kills."""
        self.cfg.set("graceful_timeout", get_settings().shutdown_grace_s)
        try:
            super().init_process()
        finally:
            for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            cut = list(running)
            for response in cut:
                response.log.outcome = "cancelled"
                response.context.copy().run(response.log.complete)  # its thread is in the context
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
graceful_timeout = _settings.shutdown_grace_s + 2  # the master's, for the last lines of a worker
