"""Sample jobs that log each kind of event once; replace them with your own."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from {{ observability }} import get_logger, slow_operation
from {{ package }}.settings import MAX_TRANSCRIPT_CHARACTERS

logger = get_logger(__name__)


@dataclass(frozen=True)
class Job:
    job_id: int
    session_id: str
    text: str


def sample_jobs() -> Iterator[Job]:
    """Three jobs, one of which fails."""
    yield Job(1, "sample-session-1", "a short transcript")
    yield Job(2, "sample-session-2", "")
    yield Job(3, "sample-session-3", "a transcript that takes its time")


async def publish(job: Job) -> None:
    """Publish one transcript: lengths and ids are logged, never the text."""
    if not 0 < len(job.text) <= MAX_TRANSCRIPT_CHARACTERS:
        raise ValueError(f"a transcript has 1 to {MAX_TRANSCRIPT_CHARACTERS} characters")
    with slow_operation("transcript_storage"):
        await asyncio.sleep(job.job_id / 100)
    logger.info("Transcript published", length=len(job.text))
