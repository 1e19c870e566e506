"""Runs tests of a service again and again, each time in a fork that imports the service anew.

It is run by the service's own Python. What costs the time of a start, pytest and the libraries, is
imported once; nothing of the service is. A request is a line of JSON, and so is the answer.
"""

import faulthandler
import importlib
import json
import os
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial

MOST_S = 90
"""How long a fork may take; a mutant that goes on for ever proves nothing, and says where."""


def in_a_fork(work: Callable[[], object]) -> tuple[int, str]:
    """Exit code and output of `work`, done in a process of its own; of what it leaves, nothing."""
    with tempfile.TemporaryFile() as output:
        if not (child := os.fork()):
            code = 70
            try:
                os.setsid()
                os.dup2(output.fileno(), 1)
                os.dup2(output.fileno(), 2)
                faulthandler.dump_traceback_later(MOST_S - 5)
                code = int(str(work() or 0))
            except BaseException:  # noqa: BLE001 - whatever it is, the fork ends here
                sys.excepthook(*sys.exc_info())
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        overdue = threading.Timer(MOST_S, os.killpg, (child, signal.SIGKILL))
        overdue.start()
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        overdue.cancel()
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        output.seek(0)
        return os.waitstatus_to_exitcode(status), output.read().decode(errors="replace")


def import_of_ours(module: str) -> None:
    """Import a module of the service, which has what it needs to configure itself."""
    os.environ |= {"ENVIRONMENT": "test", "REDIS_URL": "redis://127.0.0.1:1"}
    importlib.import_module(module)


def import_libraries(package: str) -> None:
    """Import what the service imports, but nothing of its own."""

    def show() -> None:
        import_of_ours(f"{package}.observability.testing")
        with suppress(ImportError):  # a worker that only consumes has none
            import_of_ours(f"{package}.app")
        print("\n" + json.dumps(list(sys.modules)))

    _, output = in_a_fork(show)
    with warnings.catch_warnings(action="ignore"):
        for name in json.loads(output.splitlines()[-1]):
            if name.partition(".")[0] not in {package, "tests", "__main__"}:
                with suppress(ImportError):
                    importlib.import_module(name)


def serve(package: str) -> None:
    import pytest

    import_libraries(package)
    for line in sys.stdin:
        request = json.loads(line)
        code, output = in_a_fork(partial(import_of_ours, request["module"]))
        imported = not code
        if imported and request["tests"]:
            code, output = in_a_fork(partial(pytest.main, request["tests"]))
        answer = {"imported": imported, "code": code, "output": output}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    serve(sys.argv[1])
