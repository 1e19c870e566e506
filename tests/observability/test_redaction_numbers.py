"""Cards, accounts, US social security numbers and e-mail addresses are redacted.

The numbers are made while the test runs, with the check digits that the standards ask for.
"""

import random

import pytest
from observability.redaction import REDACTED, redact, redact_value

CARDS = {
    "Visa": ("4", 16, (4, 4, 4, 4)),
    "Visa of 13 digits": ("4", 13, (4, 3, 3, 3)),
    "Visa of 19 digits": ("4", 19, (4, 4, 4, 4, 3)),
    "Mastercard": ("53", 16, (4, 4, 4, 4)),
    "Mastercard, 2-series": ("2412", 16, (4, 4, 4, 4)),
    "American Express": ("37", 15, (4, 6, 5)),
    "Discover": ("6011", 16, (4, 4, 4, 4)),
    "JCB": ("3530", 16, (4, 4, 4, 4)),
    "Diners Club": ("36", 14, (4, 6, 4)),
    "Diners Club, as some write it": ("36", 14, (4, 4, 4, 2)),
    "UnionPay": ("62", 16, (4, 4, 4, 4)),
    "Maestro": ("5018", 16, (4, 4, 4, 4)),
}

ACCOUNTS = {
    "Germany": "DE<18>",
    "France": "FR<23>",
    "United Kingdom": "GBWEST<14>",
    "Switzerland": "CH<17>",
    "Poland": "PL<24>",
    "Belgium": "BE<12>",
    "Austria": "AT<16>",
    "Norway": "NO<11>",
    "Malta": "MTMALT<23>",
    "Saudi Arabia": "SA<20>",
}

AROUND = ("User contact: {} updated", "{}", "pay with {}.", '{"number": "{}"}', "a={}, b=2", "({})")


def check_digit(digits: str) -> str:
    """The digit that makes a card's number of these (Luhn, ISO/IEC 7812-1)."""
    total = sum(
        int(digit) if place % 2 else sum(map(int, str(2 * int(digit))))
        for place, digit in enumerate(reversed(digits))
    )
    return str(-total % 10)


def card(start: str, length: int, chance: random.Random) -> str:
    digits = start + "".join(chance.choices("0123456789", k=length - len(start) - 1))
    return digits + check_digit(digits)


def account(form: str, chance: random.Random) -> str:
    """An IBAN (ISO 13616): two letters, two check digits, the account."""
    letters, _, size = form.rstrip(">").partition("<")
    country, bank = letters[:2], letters[2:]
    number = bank + "".join(chance.choices("0123456789", k=int(size)))
    rest = int("".join(str(int(sign, 36)) for sign in f"{number}{country}00")) % 97
    return f"{country}{98 - rest:02}{number}"


def grouped(text: str, groups: tuple[int, ...], gap: str) -> str:
    parts, start = [], 0
    for size in groups:
        parts.append(text[start : start + size])
        start += size
    return gap.join(parts)


def assert_gone(value: str) -> None:
    for around in AROUND:
        shown = redact(around.replace("{}", value))
        assert shown == around.replace("{}", REDACTED), f"{value!r} in {around!r} -> {shown!r}"
        assert redact(shown) == shown


def wrong(number: str) -> str:
    return number[:-1] + str((int(number[-1]) + 1) % 10)


@pytest.mark.parametrize("network", CARDS)
def test_the_number_of_a_card_is_redacted(network: str) -> None:
    start, length, groups = CARDS[network]
    chance = random.Random(network)
    for _ in range(50):
        number = card(start, length, chance)
        for gap in ("", " ", "-"):
            assert_gone(grouped(number, groups, gap) if gap else number)
        assert redact(f"12 {grouped(number, groups, ' ')} 2026") == f"12 {REDACTED} 2026"
        text = f"reference {wrong(number)} found"
        assert redact(text) == text, "a wrong check digit makes no card"


@pytest.mark.parametrize("country", ACCOUNTS)
def test_the_number_of_an_account_is_redacted(country: str) -> None:
    chance = random.Random(country)
    for _ in range(50):
        number = account(ACCOUNTS[country], chance)
        assert_gone(number)
        assert_gone(" ".join(number[start : start + 4] for start in range(0, len(number), 4)))
        assert redact(f"reference {wrong(number)}") == f"reference {wrong(number)}"


def test_a_social_security_number_is_redacted() -> None:
    chance = random.Random(3)
    for _ in range(200):
        area = chance.choice([number for number in range(1, 900) if number != 666])
        assert_gone(f"{area:03}-{chance.randrange(1, 100):02}-{chance.randrange(1, 10_000):04}")
    for text in ("000-12-3456", "666-12-3456", "123-00-4567", "1123-12-34567"):
        assert redact(f"part {text} ordered") == f"part {text} ordered"


EMAILS = [
    "ada@example.test",
    "first.last+tag@sub.example.co.uk",
    "ada_l-99@mail.example.museum",
    "ada@xn--exmple-cua.test",
    "ADA@EXAMPLE.TEST",
    "ada%40example.test",
    "jürgen@müller.example",
    "a@b.co",
]
NO_EMAILS = [
    "git@github.com:acme/orders.git",
    "ssh://git@github.com/acme/orders",
    "python@3.11",
    "@app.get called",
    "worker@host7",
    "image acme/orders:1.2@sha256:" + "c0ffee" * 10,
]


@pytest.mark.parametrize("address", EMAILS)
def test_an_email_address_is_redacted(address: str) -> None:
    for around in (*AROUND, "Ada <{}> wrote", "mailto:{}?subject=x", "/users/{}/orders"):
        assert redact(around.replace("{}", address)) == around.replace("{}", REDACTED)


@pytest.mark.parametrize("text", NO_EMAILS)
def test_an_at_sign_makes_no_email_address(text: str) -> None:
    assert redact(text) == text


def test_the_digits_of_an_id_are_kept_and_the_number_of_a_card_is_not() -> None:
    number = card("4", 16, random.Random(4))

    given = {"order_id": number, "tenant_id": int(number), "ref": number, "number": int(number)}

    kept = {"order_id": number, "tenant_id": int(number), "ref": REDACTED, "number": REDACTED}
    assert redact_value(given) == kept
    for text in (f"order_id={number} x", f'{{"id": "{number}"}}', f"{{'id': {number}}}"):
        assert redact(text) == text
