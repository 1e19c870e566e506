"""The application: what it is made of, and nothing else."""

from fastapi import FastAPI

from {{ observability }} import instrument, lifespan
from {{ package }}.routes import router

app = FastAPI(
    title="{{ service_name }}",
    lifespan=lifespan,
    telemetry={"logs": False},  # our line of a failure has its exception
)
app.include_router(router)
instrument(app)
