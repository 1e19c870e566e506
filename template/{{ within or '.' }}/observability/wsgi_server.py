# Managed by the service template: change it there, or expect a merge on update.
"""run(): the server, with its own lines in our format and a stop that loses none."""

from importlib import import_module
from typing import Any

from .logger import get_logger
from .setup import configure_logging

logger = get_logger(__name__)


def run(app: str) -> None:
    """Serve `app`, an import string such as `orders.app:app`, until SIGTERM or SIGINT.

    gunicorn_conf.py says how, here and on gunicorn's own command line. At SIGTERM a running
    request may finish within SHUTDOWN_GRACE_S; the exit code is 0 then, and after SIGINT too.
    """
    configure_logging()
    # Here, so that `import observability` stays light.
    from gunicorn.app.base import BaseApplication
    from gunicorn.arbiter import Arbiter

    from . import gunicorn_conf

    class Launcher(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in vars(gunicorn_conf).items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            module, _, name = app.partition(":")
            try:
                return getattr(import_module(module), name)
            except Exception:
                logger.critical("Application failed to load", exc_info=True)
                raise SystemExit(Arbiter.APP_LOAD_ERROR) from None

    Launcher().run()
