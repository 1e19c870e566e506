# Managed by the service template: change it there, or expect a merge on update.
"""What ends the command: each kind has an exit code of its own, and the service is as it was."""

BEHIND = 5
"""Of `check`: there is a newer version. Nothing is wrong, so it is no Problem."""


class Problem(Exception):
    """Something failed, and a line that says what, and what to do."""

    code = 1


class Refused(Problem):
    """What was asked for cannot be done, or not as things are."""

    code = 2


class Conflict(Problem):
    """The owner and the template have changed the same lines."""

    code = 3


class Loss(Problem):
    """Work of the owner's would be gone: a mistake of this command, which the check found."""

    code = 4
