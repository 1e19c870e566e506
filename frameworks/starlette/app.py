"""The application: what it is made of, and nothing else."""

from starlette.applications import Starlette

from {{ observability }} import instrument, lifespan
from {{ package }}.routes import routes

app = Starlette(routes=routes, lifespan=lifespan)
instrument(app)
