"""One contender in a process of its own: `worker.py CONTENDER CASE DESCRIPTOR`.

Each line of stdin is a number of calls; their lines go to stdout and an answer in JSON to the
descriptor. `check N` also answers with the fields that each line must carry.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from cases import CASES, RECORDS_PER_CONTEXT, Case, Fields, Values, context
from contenders import CONTENDERS

Block = tuple[Fields, list[Values]]


def blocks(case: Case, calls: int) -> list[Block]:
    """Return contexts, and the values of the calls in each; made before the clock runs."""
    return [
        (context(), [case.values() for _ in range(RECORDS_PER_CONTEXT)])
        for _ in range(calls // RECORDS_PER_CONTEXT)
    ]


def log(bind: Callable[..., Any], call: Callable[..., None], work: list[Block]) -> None:
    for bound, calls in work:
        with bind(**bound):
            for values in calls:
                call(*values)


def main() -> None:
    name, case_name, descriptor = sys.argv[1:]
    case = CASES[case_name]
    contender = CONTENDERS[name]()
    call = getattr(contender, case.method)
    bind = contender.bind if case.is_written else lambda **fields: nullcontext()
    for command in sys.stdin:
        work = blocks(case, int(command.split()[-1]))
        began = time.process_time()
        log(bind, call, work)
        answer: dict[str, Any] = {"seconds": time.process_time() - began}
        if command.startswith("check"):
            answer["wanted"] = [
                bound | case.carried(*values) for bound, calls in work for values in calls
            ]
        os.write(int(descriptor), json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main()
