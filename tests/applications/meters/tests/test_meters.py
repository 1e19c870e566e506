from meters import alerts, main, store


def test_a_reading_is_kept(caplog):
    caplog.set_level("INFO")
    main.read("meter-7=12")

    assert store.READINGS["meter-7"] == 12
    assert "meter-7 reads 12.0" in caplog.messages


def test_a_high_one_is_told():
    assert alerts.check("meter-7", 91)
