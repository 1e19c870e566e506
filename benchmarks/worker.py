"""One contender in a process of its own: `worker.py CONTENDER SCENE DESCRIPTOR`.

Each line of stdin is a number of calls, to which an answer goes to the descriptor; the lines that
are logged go to stdout. `check N` answers with what the lines should carry.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import Any

from scenes import RECORDS_OF_A_CONTEXT, SCENES, Fields, Scene, Values, context

Block = tuple[Fields, list[Values]]


def blocks(scene: Scene, calls: int) -> list[Block]:
    """The work: contexts, and the values of the calls in each. It is made before the clock runs."""
    full, rest = divmod(calls, RECORDS_OF_A_CONTEXT)
    sizes = [RECORDS_OF_A_CONTEXT] * full + [rest] * bool(rest)
    return [(context(), [scene.values() for _ in range(size)]) for size in sizes]


def log(bind: Callable[..., Any], call: Callable[..., None], work: list[Block]) -> None:
    """The part that is timed: binding and logging."""
    for bound, calls in work:
        with bind(**bound):
            for values in calls:
                call(*values)


def bind_nothing(**fields: object) -> AbstractContextManager[None]:
    return nullcontext()


def main() -> None:
    name, scene_name, descriptor = sys.argv[1:]
    scene = SCENES[scene_name]
    contender = import_module(f"contenders.{name}")
    contender.setup()
    call = getattr(contender, scene_name, None) or contender.constant
    bind = contender.context if scene.bound else bind_nothing
    pool = ThreadPoolExecutor(scene.threads) if scene.threads > 1 else None
    for command in sys.stdin:
        checking = command.startswith("check")
        work = blocks(scene, int(command.split()[-1]))
        parts = [work[first :: scene.threads] for first in range(scene.threads)]
        began = time.process_time()
        if pool:
            list(pool.map(log, [bind] * len(parts), [call] * len(parts), parts))
        else:
            log(bind, call, work)
        answer: dict[str, Any] = {"seconds": time.process_time() - began}
        if checking:
            answer["wanted"] = [
                (bound if scene.bound else {}) | scene.carried(*values)
                for bound, calls in work
                for values in calls
            ]
        os.write(int(descriptor), json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main()
