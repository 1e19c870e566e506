"""The sample endpoints log each kind of event once; test your own the same way."""

import logging

import pytest
from fastapi.testclient import TestClient

from {{ observability }}.testing import Logs


def test_publishing_tells_length_and_session_never_the_text(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        client.post("/transcripts", json={"session_id": "test-123", "text": "between us"})

    assert "Transcript published" in caplog.text
    assert "session_id=test-123" in caplog.text
    assert "length=10" in caplog.text
    assert "between us" not in caplog.text


def test_reading_that_takes_long_is_a_slow_operation(client: TestClient, logs: Logs) -> None:
    client.get("/transcripts/t-1", params={"delay_ms": 1001})

    slow = logs.assert_event("slow_operation_detected", operation="transcript_retrieval")
    assert slow["duration_ms"] > 1000
    logs.assert_event("request_completed", status=200, transcript_id="t-1")


def test_reading_quickly_is_not(client: TestClient, logs: Logs) -> None:
    client.get("/transcripts/t-1")

    assert not logs.events("slow_operation_detected")


def test_a_failure_is_one_line_without_the_secret(client: TestClient, logs: Logs) -> None:
    response = client.get("/failure", params={"reason": "password=hunter2-secret"})

    assert response.status_code == 500
    failed = logs.assert_event("request_completed", status=500, outcome="error")
    assert failed["error_type"] == "RuntimeError"
    logs.assert_no_secret("hunter2-secret")


def test_a_session_is_finalized_with_its_chunks(client: TestClient, logs: Logs) -> None:
    with client.websocket_connect("/stream?tenant_id=acme") as session:
        for _ in range(3):
            session.send_bytes(b"0123456789")

    logs.assert_event("session_finalized", total_chunks=3, tenant_id="acme")
    logs.assert_event("transcript_published", length=30)
    logs.assert_event("session_complete", chunks_received=3, bytes_received=30)
