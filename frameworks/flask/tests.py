"""The sample endpoints log each kind of event once; test your own the same way."""

import logging

import pytest
from flask.testing import FlaskClient

from {{ observability }}.testing import Logs
from {{ package }}.settings import MAX_TRANSCRIPT_CHARACTERS


def test_publishing_tells_length_and_session_never_the_text(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        client.post("/transcripts", json={"session_id": "test-123", "text": "between us"})

    assert "Transcript published" in caplog.text
    assert "session_id=test-123" in caplog.text
    assert "length=10" in caplog.text
    assert "between us" not in caplog.text


@pytest.mark.parametrize(
    "transcript",
    [
        {"session_id": "test-123"},
        {"session_id": "test-123", "text": 7},
        {"session_id": "test-123", "text": "a" * (MAX_TRANSCRIPT_CHARACTERS + 1)},
    ],
)
def test_what_is_no_transcript_is_refused(
    transcript: dict[str, object], client: FlaskClient, logs: Logs
) -> None:
    assert client.post("/transcripts", json=transcript).status_code == 422

    logs.assert_event("request_completed", status=422, outcome="client_error")
    assert not logs.events("transcript_published")


def test_reading_that_takes_long_is_a_slow_operation(client: FlaskClient, logs: Logs) -> None:
    client.get("/transcripts/t-1", query_string={"delay_ms": 1001})

    slow = logs.assert_event("slow_operation_detected", operation="transcript_retrieval")
    assert slow["duration_ms"] > 1000
    logs.assert_event("request_completed", status=200, transcript_id="t-1")


def test_reading_quickly_is_not(client: FlaskClient, logs: Logs) -> None:
    client.get("/transcripts/t-1")

    assert not logs.events("slow_operation_detected")


def test_a_failure_is_one_line_without_the_secret(client: FlaskClient, logs: Logs) -> None:
    response = client.get("/failure", query_string={"reason": "password=hunter2-secret"})

    assert response.status_code == 500
    failed = logs.assert_event("request_completed", status=500, outcome="error")
    assert failed["error_type"] == "RuntimeError"
    logs.assert_no_secret("hunter2-secret")
