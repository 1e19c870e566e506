"""Every case and how it is taken; each gives its figures by the name of the bar."""

from collections.abc import Callable
from functools import partial

import footprint
import generation
from calling import callers
from environments import service
from processes import contenders
from rounds import Figure, added, ratio, take
from scenes import SCENES
from serving import servers

Figures = dict[str, Figure]


class Effort:
    """How much is measured: `quick`, `normal` or `full`."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.rounds = {"quick": 21, "normal": 101, "full": 251}[mode]
        self.request_rounds = {"quick": 11, "normal": 61, "full": 151}[mode]
        self.window_rounds = {"quick": 3, "normal": 25, "full": 61}[mode]
        self.starts = {"quick": 1, "normal": 7, "full": 15}[mode]
        self.growth_lines = {"quick": 10_000, "normal": 1_000_000, "full": 1_000_000}[mode]


REQUESTS = 100
"""Of a round; a frame costs less, and a round has more of them."""
FRAMES = 250

SERVED = {
    "starlette": ("ours", "middleware", "access", "bare"),
    "fastapi": ("ours", "access", "bare"),
    "flask": ("ours", "access", "bare"),
    "django": ("ours", "access", "bare"),
}


def record(scene: str, version: str, effort: Effort) -> Figures:
    python = service(version, "none").python
    with contenders(python, scene, SCENES[scene].contenders) as found:
        taken = take({name: one.measure for name, one in found.items()}, effort.rounds)
    others = taken.keys() - {"ours"}
    return {f"{scene}/{other}": ratio(taken, "ours", other) for other in sorted(others)}


def requests(framework: str, version: str, effort: Effort) -> Figures:
    python = service(version, framework).python
    with servers(python, framework, *SERVED[framework]) as found:
        measures = {name: partial(one.request_cpu, REQUESTS) for name, one in found.items()}
        taken = take(measures, effort.request_rounds)
    others = taken.keys() - {"ours", "bare"}
    return {f"{framework}/{other}": added(taken, "ours", other, "bare") for other in sorted(others)}


def called(version: str, effort: Effort) -> Figures:
    """Without a server, which would find the caches of the processor cold after each wait."""
    python = service(version, "starlette").python
    with callers(python, "starlette", "ours", "middleware", "bare") as found:
        measures = {name: partial(one.request_cpu, REQUESTS) for name, one in found.items()}
        taken = take(measures, effort.request_rounds)
    return {"called/middleware": added(taken, "ours", "middleware", "bare")}


def throughput(version: str, effort: Effort) -> Figures:
    python = service(version, "starlette").python
    with servers(python, "starlette", *SERVED["starlette"]) as found:
        taken = take({name: one.throughput for name, one in found.items()}, effort.window_rounds)
    others = taken.keys() - {"ours"}
    return {f"throughput/{other}": ratio(taken, "ours", other) for other in sorted(others)}


def websocket(version: str, effort: Effort) -> Figures:
    python = service(version, "starlette").python
    with servers(python, "starlette", "ours", "bare") as found:
        measures = {name: partial(one.frame_cpu, FRAMES) for name, one in found.items()}
        taken = take(measures, effort.request_rounds)
    return {"websocket/bare": ratio(taken, "ours", "bare")}


def idle(version: str, effort: Effort) -> Figures:
    return {"idle/memory": Figure.of(footprint.idle(version, effort.starts))}


def growth(version: str, effort: Effort) -> Figures:
    return {"growth/memory": Figure.of([footprint.growth(version, effort.growth_lines)])}


def importing(version: str, effort: Effort) -> Figures:
    return {"import/time": Figure.of(footprint.importing(version, 3 * effort.starts))}


def generated(case: str, version: str, effort: Effort) -> Figures:
    make = generation.copies if case == "copy" else generation.updates
    taken = take(make(generation.templates()), effort.starts, warm_up=effort.mode != "quick")
    return {f"{case}/plain": ratio(taken, "ours", "plain")}


Case = Callable[[str, Effort], Figures]

CASES: dict[str, Case] = {
    **{scene: partial(record, scene) for scene in SCENES},
    **{framework: partial(requests, framework) for framework in SERVED},
    "called": called,
    "throughput": throughput,
    "websocket": websocket,
    "idle": idle,
    "growth": growth,
    "import": importing,
    "copy": partial(generated, "copy"),
    "update": partial(generated, "update"),
}

SLOW = {"update"}
"""Cases that --quick leaves to those who ask for them by name."""

OF_THE_TEMPLATE = {"copy", "update"}
"""Cases that the Python of a service has no part in: Copier runs on that of the template."""
