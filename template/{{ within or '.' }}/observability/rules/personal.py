# Managed by the service template: change it there, or expect a merge on update.
"""Personal data that is known by its shape: e-mail, cards, accounts, people's numbers, phones."""

import re
from collections.abc import Callable

from .judged import forget
from .late import late
from .places import REDACTED

_EMAIL = late(r"(?<![\w.+-])(?!git@)[\w.+-]++(?:@|%40)(?:[\w-]{1,63}+\.){1,8}[^\W\d_][\w-]{1,23}")

# ISO/IEC 7812: what the networks' numbers begin with, alone or in groups; then the check digit.
_CARD = late(r"(?<![\w.-])(?=\d{4})(?:4|5[0-8]|2[2-7]|3[04-9]|6)\d(?:[ -]?\d){11,17}(?![\w-]|\.\d)")

# ISO 13616, the countries of its registry; two check digits, then up to 30 characters.
_IBAN = late(
    "(?<![A-Za-z0-9])(?:A[DELTZ]|B[AEGHIRY]|C[HRYZ]|D[EJKO]|E[EGS]|F[IKOR]|G[BEILRT]|H[NRU]|"
    "I[ELQST]|JO|K[WZ]|L[BCITUVY]|M[CDEKNRTU]|N[ILO]|OM|P[KLST]|QA|R[OSU]|S[ACDEIKMOTV]|T[LNR]|"
    r"U[A]|V[AG]|XK|YE)\d\d(?:[ -]?[A-Z0-9]){11,30}(?![A-Za-z0-9])"
)

_AFTER_ID = late(r"id\\?[\"']?[=:]\s?\\?[\"']?$", re.I)
"""What stands before the digits of an id, which are no card whatever their check digit says."""

_SSN = late(r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w-])")

_PHONE = late(
    r"""(?<![\w.+(-]) (?:
          \+\d(?:[ ().-]{0,2}\d){6,14}                       # international
        | \(\d{2,5}\)[ ]?\d{3,4}[ .-]?\d{3,4}                  # (212) 555-0147
        | 0\d{1,4}[ -]\d{3,4}[ -]\d{3,4}                      # 020 7946 0958
        | \d{3}([ .-])\d{3}\1\d{4}                           # 212-555-0147
        ) (?![\w-]|\.\d)""",
    re.X,
)

_DIGITS = b"0123456789"

phones = False
"""Whether phone numbers are redacted: LOG_REDACT_PHONES."""


def redact_phones(wanted: bool) -> None:
    """Set whether phone numbers are redacted, for the process."""
    global phones  # noqa: PLW0603 - a switch that is set once, at start
    phones = wanted
    forget()


def redact_personal(text: str) -> str:
    """`text` without e-mail addresses, card and account numbers, US social security numbers."""
    if "@" in text or "%40" in text:
        text = _EMAIL().sub(REDACTED, text)
    raw = text.encode(errors="replace")
    if len(raw) - len(raw.translate(None, _DIGITS)) < 7:
        return text
    text = _IBAN().sub(_unless_wrong(_mod_97), text)
    text = _CARD().sub(_unless_wrong(_luhn), text)
    text = _SSN().sub(REDACTED, text)
    return _PHONE().sub(REDACTED, text) if phones else text


def _unless_wrong(check: Callable[[str], bool]) -> Callable[[re.Match[str]], str]:
    """Redact as many groups of what was found as pass the check; what follows them stays."""

    def replace(found: re.Match[str]) -> str:
        shown = found[0]
        if _AFTER_ID().search(found.string[max(0, found.start() - 8) : found.start()]):
            return shown
        ends = [len(shown), *(gap.start() for gap in re.finditer("[ -]", shown))]
        for end in sorted(ends, reverse=True):
            if check(re.sub("[ -]", "", shown[:end])):
                return REDACTED + shown[end:]
        return shown

    return replace


def _luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return len(digits) >= 13 and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _mod_97(number: str) -> bool:
    turned = number[4:] + number[:4]
    return len(number) >= 15 and int("".join(str(int(part, 36)) for part in turned)) % 97 == 1
