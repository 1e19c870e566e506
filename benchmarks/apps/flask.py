"""A bare Flask application, or one with our middleware."""

import os
import time

from flask import Flask

app = Flask(__name__)


@app.get("/")
def answer() -> str:
    return "ok"


@app.get("/cpu")
def cpu() -> str:
    """CPU seconds of this process so far."""
    return str(time.process_time())


if os.environ["CONTENDER"] == "ours":
    from orders.observability import instrument

    instrument(app)
