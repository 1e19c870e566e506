"""One application behind its server: `serve.py FRAMEWORK CONTENDER`.

`bare` and `middleware` have no access log, `access` has the server's own, `ours` is started by the
service's own launcher, which turns it off. Of gunicorn all have the launcher's eight threads.
"""

import os
import sys
from importlib import import_module
from typing import Any

ASGI = ("starlette", "fastapi")


def serve_asgi(app: str, access: bool) -> None:
    import uvicorn

    uvicorn.run(app, port=int(os.environ["PORT"]), access_log=access)


def serve_wsgi(app: str, access: bool) -> None:
    from gunicorn.app.base import BaseApplication

    settings = {
        "accesslog": "-" if access else None,
        "bind": f"127.0.0.1:{os.environ['PORT']}",
        "control_socket_disable": True,
        "threads": 8,
        "worker_class": "gthread",
    }

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in settings.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return import_module(app.partition(":")[0]).app

    Server().run()


def main() -> None:
    framework, contender = sys.argv[1:]
    os.environ["CONTENDER"] = contender
    app = f"apps.{framework}:app"
    if contender == "ours":
        from orders.observability import run

        run(app)
    else:
        serve = serve_asgi if framework in ASGI else serve_wsgi
        serve(app, contender == "access")


if __name__ == "__main__":
    main()
