# Managed by the service template: change it there, or expect a merge on update.
"""What ruff cannot see in calls that log: `uv run tools/lint_logging.py src`, or `--events`."""

import sys

from linting.command_line import main

if __name__ == "__main__":
    sys.exit(main())
