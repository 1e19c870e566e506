"""Fixtures of the service's own tests; `logs` comes from the package's pytest plugin."""

import pytest

from {{ package }}.jobs import Job


@pytest.fixture
def job() -> Job:
    """A job that can be done."""
    return Job(job_id=7, session_id="test-123", text="between us")
