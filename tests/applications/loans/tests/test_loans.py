import logging

import pytest
from fastapi.testclient import TestClient
from main import app

HEADERS = {"member": "m-1", "token": "of-a-test"}


@pytest.fixture
def client():
    with TestClient(app) as client:
        yield client


def test_a_book_is_lent(client, caplog):
    with caplog.at_level(logging.INFO):
        assert client.post("/loans/978-1", headers=HEADERS).json()["loans"] == 1
    assert "Lent 978-1 to m-1" in caplog.messages


def test_an_unknown_book_is_not(client):
    assert client.post("/loans/978-9", headers=HEADERS).status_code == 404


def test_a_late_loan_is_told(client, caplog):
    assert client.get("/reminders/m-1?days=40").json() == {"state": "overdue"}
    assert "overdue by 40 days" in caplog.text
