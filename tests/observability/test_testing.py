"""The pytest plugin: readable `caplog.text`, the `logs` fixture, and tests that stay silent."""

import subprocess
import sys
from pathlib import Path

import pytest
from children import HANG_S, environment
from observability.logger import get_logger
from observability.testing import Logs

logger = get_logger(__name__)


@pytest.mark.parametrize("fields", [{"session_id": "test-9"}, {"length": 2}, {"absent": None}])
def test_an_event_is_found_by_its_fields_and_fails_the_test_where_it_is_absent_or_not_alone(
    logs: Logs, fields: dict[str, object]
) -> None:
    with pytest.raises(AssertionError, match="nothing was logged"):
        logs.assert_event("operation_successful", **fields)
    for number in (123, 124):
        logger.info("Operation successful", session_id=f"test-{number}", length=2)

    assert logs.assert_event("operation_successful", session_id="test-124")["length"] == 2
    with pytest.raises(AssertionError, match="operation_successful") as failure:
        logs.assert_event("operation_successful", **fields)

    assert "test-123" in str(failure.value), "the failure does not show what was logged"


def test_a_secret_in_a_line_fails_the_test(logs: Logs) -> None:
    logger.info("Order accepted", reference="visible-to-all", password="hidden")
    logs.assert_no_secret("hidden")

    with pytest.raises(AssertionError, match="a secret is in the log"):
        logs.assert_no_secret("visible-to-all")
    logs.entries.append({"password": "7Qx9-unredacted"})
    with pytest.raises(AssertionError, match="looks like a secret"):
        logs.assert_no_secret()


SUITE = """
import logging, os, sys
import pytest
from observability.audit import audit_logger
from observability.logger import get_logger

def test_entries(logs, caplog):
    assert os.environ["ENVIRONMENT"] == "test"
    get_logger("a").info("From a logger", a=1)
    logging.getLogger("b").warning("From a library")
    audit_logger.info("From the audit")
    assert [entry["logger"] for entry in logs.entries] == ["a", "b", "audit"]
    assert logs.assert_event("from_the_audit")["audit_seq"] == 2
    assert "a=1" in caplog.text
    assert caplog.messages[-1] == "From the audit", "caplog misses the audit logger"

def test_a_stream_of_its_own(logs):
    audit_logger.info("From the audit")
    assert logs.assert_event("from_the_audit")["audit_seq"] == 2

@pytest.fixture
def silence():
    root = logging.getLogger()
    root.setLevel(logging.ERROR)
    logging.disable(logging.CRITICAL)
    yield
    assert (root.level, root.manager.disable) == (logging.ERROR, logging.CRITICAL)

def test_what_silences_the_others_is_put_back(silence, logs):
    get_logger("a").info("Heard")
    assert logs.assert_event("heard")

def test_fails():
    logging.disable(logging.NOTSET)
    logging.getLogger().setLevel(logging.INFO)
    get_logger("a").info("Shown with the failure", a=1)
    assert False
"""


def test_a_suite_with_the_plugin_is_silent_but_for_its_failures(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "observability.testing", "-p"]
    done = subprocess.run(
        [*command, "no:cacheprovider", "-W", "error", str(tmp_path)],
        env={name: text for name, text in environment().items() if name != "ENVIRONMENT"},
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=HANG_S,
    )

    assert "1 failed, 3 passed" in done.stdout, done.stdout + done.stderr
    assert "INFO     Shown with the failure a=1 [a]" in done.stdout
    assert "From the audit" not in done.stdout
    assert "Audit stopped" not in done.stdout
    assert done.stderr == ""
