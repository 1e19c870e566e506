"""What of the tests runs every day, by rules that docs/reference/tests.md tells; the rest is for
`make test-all`.
"""

import os

EXHAUSTIVE = "EXHAUSTIVE" in os.environ
"""Whether `make test-all` runs."""

# What these tests are about does not know the framework; every day one service runs them.
SAME_EVERYWHERE = (
    *("audit", "audit_chain", "delivery", "development_file", "direct", "errors", "floods"),
    *("forks", "formats", "hostile", "record", "redaction", "redaction_bounds"),
    *("redaction_own", "redaction_personal", "redaction_shapes", "settings"),
)


def left_out(framework: str, redis: str) -> list[str]:
    """pytest's options for the suite of a service: what another service's suite runs today."""
    if EXHAUSTIVE or (framework, redis) == ("none", "none"):
        return []
    consumer = [] if (framework, redis) == ("none", "streams") else ["consumer"]
    names = (*SAME_EVERYWHERE, *consumer)
    return [f"--ignore=tests/observability/test_{name}.py" for name in names]
