"""Errors that end the command with one line, and the exit code of each result."""

CODES = {"updated": 0, "unchanged": 0, "planned": 0, "failed": 1, "refused": 2, "conflict": 3}
CODES |= {"behind": 5}


class Problem(Exception):
    """Something failed; the message says what, and what to do."""

    result = "failed"


class Refused(Problem):
    """The request is impossible, or the service is not ready for it."""

    result = "refused"
