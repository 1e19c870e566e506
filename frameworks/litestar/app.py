"""The application: what it is made of, and nothing else."""

from litestar import Litestar
from litestar.openapi import OpenAPIConfig

from {{ observability }} import instrument, lifespan
from {{ package }}.routes import handlers

app = Litestar(
    handlers,
    lifespan=[lifespan],
    logging_config=None,  # it would replace ours
    openapi_config=OpenAPIConfig(title="{{ service_name }}", version="0.1.0"),
)
instrument(app)
