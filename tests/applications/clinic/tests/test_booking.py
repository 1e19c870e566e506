from django.test import Client


def test_a_free_hour_is_booked_once():
    client = Client()

    assert client.get("/appointments/9?patient=p-1").json() == {"hour": 9}
    assert client.get("/appointments/9?patient=p-2").status_code == 409


def test_night_is_not_free():
    assert Client().get("/appointments/3").status_code == 409
