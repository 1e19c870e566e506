"""A bare FastAPI application, or one with our middleware."""

import os
import time

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse


def routes(made: FastAPI) -> FastAPI:
    @made.get("/", response_class=PlainTextResponse)
    async def answer() -> str:
        return "ok"

    @made.get("/cpu", response_class=PlainTextResponse)
    async def cpu() -> str:
        """CPU seconds of this process so far."""
        return str(time.process_time())

    return made


def bare() -> FastAPI:
    return routes(FastAPI(telemetry={"logs": False}))


def ours() -> FastAPI:
    from orders.observability import instrument, lifespan

    made = routes(FastAPI(lifespan=lifespan, telemetry={"logs": False}))
    instrument(made)
    return made


app = ours() if os.environ["CONTENDER"] == "ours" else bare()
