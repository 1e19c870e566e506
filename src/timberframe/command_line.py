"""The command line: `timberframe update`, `check` and `fleet`."""


def main() -> int:
    raise SystemExit("not written yet")
