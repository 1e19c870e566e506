"""The worker's main loop; replace the sample queue with where your jobs come from."""

import asyncio
from contextlib import suppress

from {{ package }}.jobs import Job, publish, sample_jobs
from {{ observability }} import work


async def main(stop: asyncio.Event) -> None:
    """Take one job after the other until told to stop."""
    queue: asyncio.Queue[Job] = asyncio.Queue()
    for job in sample_jobs():
        queue.put_nowait(job)
    while not stop.is_set():
        with suppress(TimeoutError):
            job = await asyncio.wait_for(queue.get(), timeout=0.2)
            with work("transcript_publication", job_id=job.job_id, session_id=job.session_id):
                await publish(job)
