"""Secrets that are made while a test runs: nothing that looks like one is in the source."""

import random
import string

LETTERS = string.ascii_letters + string.digits
CHANCE = random.Random("made")


def new_secret(length: int = 24) -> str:
    return "7Q" + "".join(CHANCE.choices(LETTERS, k=length - 2))


def pieces(secret: str) -> set[str]:
    return {secret[start : start + 8] for start in range(len(secret) - 7)}


def assert_gone(secret: str, shown: str) -> None:
    left = [piece for piece in pieces(secret) if piece in shown]
    assert not left, f"{left[0]!r} of {secret!r} is in {shown!r}"
