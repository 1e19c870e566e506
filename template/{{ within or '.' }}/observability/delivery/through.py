# Managed by the service template: change it there, or expect a merge on update.
"""A line that cannot wait in the queue: its caller waits for the reader, until a deadline."""

import time
from logging import CRITICAL

from .writer import BATCH, Writer


def write_through(writer: Writer, text: bytes, deadline_s: float) -> bytes:
    """Write a line before all but a few that wait; return what is left of it at the deadline.

    Of what was begun, the end follows as soon as the reader takes it, before any other line.
    """
    deadline = time.monotonic() + deadline_s
    while writer.lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
        queue, descriptor = writer.queue, writer.descriptor
        try:
            if queue:
                writer.advance(BATCH)
            left = text if queue.rest else descriptor.attempt(text)
            # Once it is begun, no other line may come between: the lock is kept.
            while 0 < len(left) < len(text) and time.monotonic() < deadline:
                descriptor.has_room(deadline - time.monotonic())
                left = descriptor.attempt(left)
            if len(left) < len(text):
                queue.rest, queue.level = left, CRITICAL
                if left:
                    writer.drain.wake()
                return left
        finally:
            writer.lock.release()
        if time.monotonic() >= deadline:
            break
        descriptor.has_room(deadline - time.monotonic())
    return text
