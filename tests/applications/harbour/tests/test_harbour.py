import pytest
from harbour import create_app


@pytest.fixture
def client():
    return create_app().test_client()


def test_a_ship_moors(client, caplog):
    caplog.set_level("INFO")

    assert client.post("/ships/dory").json == {"berth": 0}
    assert "dory moored at 0" in caplog.messages


def test_a_long_ship_does_not(client):
    assert client.post("/ships/tanker?length=400").status_code == 400
