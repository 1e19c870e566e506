# Managed by the service template: change it there, or expect a merge on update.
"""run(): the server, with its own lines in our format and a stop that loses none."""

import signal
import sys
from types import FrameType
from typing import Any

from . import settings
from .setup import configure_logging

LOG_CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stdout": {"()": f"{__package__}.setup.stdout_handler"}},
}
"""What log-config.json says too: all of logging comes from configure_logging()."""


def run(app: str) -> None:
    """Serve `app`, an import string such as `orders.app:app`, until SIGTERM or SIGINT.

    Logging is configured before the application is imported, here and in the further processes
    of WEB_CONCURRENCY, so that lines written at import time are kept. A running request may
    finish within SHUTDOWN_GRACE_S; then the exit code is 0.
    """
    import uvicorn  # here, so that `import observability` stays light

    configure_logging()
    chosen = settings.current()
    # uvicorn raises the signal again once it has stopped: this makes of it a normal exit.
    signal.signal(signal.SIGTERM, _exit)
    signal.signal(signal.SIGINT, _exit)
    uvicorn.run(
        app,
        host=chosen.host,
        port=chosen.port,
        workers=chosen.web_concurrency,
        forwarded_allow_ips=[str(network) for network in chosen.forwarded_allow_ips],
        log_config=LOG_CONFIG,
        access_log=False,
        timeout_graceful_shutdown=chosen.shutdown_grace_s,
    )


def _exit(signum: int, frame: FrameType | None) -> None:
    # Ctrl+C reaches us from the terminal and from `uv run`: the second finds us on our way out.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(0)
