"""The sample jobs log each kind of event once; test your own the same way."""

import asyncio
import logging
from dataclasses import replace

import pytest

from {{ package }}.jobs import Job, publish
from {{ observability }} import work
from {{ observability }}.testing import Logs


@pytest.fixture
def job() -> Job:
    """A job that can be done."""
    return Job(job_id=7, session_id="test-123", text="between us")


async def do(job: Job) -> None:
    with work("transcript_publication", job_id=job.job_id, session_id=job.session_id):
        await publish(job)


def test_publishing_tells_length_and_session_never_the_text(
    job: Job, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        asyncio.run(do(job))

    assert "Transcript published" in caplog.text
    assert "session_id=test-123" in caplog.text
    assert "length=10" in caplog.text
    assert "between us" not in caplog.text


def test_publishing_that_takes_long_is_a_slow_operation(job: Job, logs: Logs) -> None:
    """The sample job takes ten milliseconds for each number of its id."""
    asyncio.run(do(replace(job, job_id=101)))

    slow = logs.assert_event("slow_operation_detected", operation="transcript_storage")
    assert slow["duration_ms"] > 1000
    logs.assert_event("job_completed", outcome="success", job_id=101)


def test_a_failure_is_one_line_and_goes_no_further(job: Job, logs: Logs) -> None:
    asyncio.run(do(replace(job, text="")))

    failed = logs.assert_event("job_completed", outcome="error", session_id="test-123")
    assert failed["error_type"] == "ValueError"
    assert not logs.events("transcript_published")
