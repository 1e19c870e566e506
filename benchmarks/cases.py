"""What is measured against what, and the most that it may be: the table of the page."""

from dataclasses import dataclass

from scenes import SCENES


@dataclass(frozen=True)
class Bar:
    """`at_most` times what the other costs; `at_least` where more is better.

    `case` is what `--case` takes: a scene of scenes.py, or a group of the other modules.
    """

    case: str
    against: str
    at_most: float = float("inf")
    at_least: float = 0
    unit: str = " x"

    @property
    def name(self) -> str:
        return f"{self.case}/{self.against}"

    def met(self, value: float) -> bool:
        return self.at_least <= value <= self.at_most

    @property
    def shown(self) -> str:
        sign, number = ("≥", self.at_least) if self.at_least else ("≤", self.at_most)
        return f"{sign} {number:g}{self.unit}"

    @property
    def title(self) -> str:
        return title_of(self.case)


def title_of(case: str) -> str:
    return TITLES.get(case) or SCENES[case].title


BARS = (
    # An INFO record, six fields: event and operation constant, or a fresh id in each call.
    Bar("constant", "python_json_logger", 0.33),
    Bar("fresh", "python_json_logger", 0.45),
    Bar("constant", "structlog", 0.55),
    Bar("fresh", "structlog", 0.75),
    Bar("constant", "loguru", 0.12),
    Bar("fresh", "loguru", 0.16),
    Bar("constant", "standard", 0.38),
    Bar("fresh", "standard", 0.55),
    Bar("constant", "least", 2.6),
    Bar("fresh", "least", 3.5),
    # Other calls.
    Bar("text", "python_json_logger", 0.75),
    Bar("extra", "python_json_logger", 1.0),
    Bar("foreign", "python_json_logger", 1.0),
    Bar("debug", "standard", 1.3),
    Bar("error", "standard", 0.15),
    Bar("large", "python_json_logger", 0.5),
    Bar("fields", "structlog", 0.8),
    Bar("nested", "structlog", 0.8),
    Bar("threads", "structlog", 0.8),
    # CPU that is added to a request, against what another way adds to it.
    Bar("called", "middleware", 0.08),
    Bar("starlette", "access", 0.75),
    Bar("fastapi", "access", 0.9),
    Bar("flask", "access", 1.0),
    Bar("django", "access", 1.0),
    Bar("throughput", "access", at_least=1.05),
    Bar("websocket", "bare", 1.15),
    # What a configured service takes, in MB and ms beyond what it takes without.
    Bar("idle", "memory", 3, unit=" MB"),
    Bar("growth", "memory", 1, unit=" MB"),
    Bar("import", "time", 25, unit=" ms"),
    # Making and updating a service, against as many plain files.
    Bar("copy", "plain", 1.25),
    Bar("update", "plain", 1.25),
)

NAMES = {
    "ours": "this template",
    "python_json_logger": "python-json-logger, orjson",
    "structlog": "structlog, set up for speed",
    "loguru": "loguru, serialize=True",
    "middleware": "the standard's BaseHTTPMiddleware",
    "standard": "the standard's JSONFormatter",
    "least": "the least a call can do",
    "access": "the server's access line",
    "bare": "the same without it",
    "memory": "the same without it",
    "time": "with all else imported",
    "plain": "as many plain files",
}
"""Who is measured against."""

TITLES = {
    "starlette": "CPU added to a request, Starlette on uvicorn",
    "fastapi": "CPU added to a request, FastAPI on uvicorn",
    "flask": "CPU added to a request, Flask on gunicorn",
    "django": "CPU added to a request, Django on gunicorn",
    "called": "CPU added to a request, Starlette called without a server",
    "throughput": "requests per second kept, Starlette on uvicorn",
    "websocket": "a WebSocket frame and its answer",
    "idle": "memory of an idle Starlette service, beyond",
    "growth": "memory that 1,000,000 lines add",
    "import": "import of the package of a worker, beyond",
    "copy": "`copier copy`",
    "update": "`copier update`",
}
"""What is measured, where it is no scene."""
