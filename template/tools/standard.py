# Managed by the service template: change it there, or expect a merge on update.
# /// script
# requires-python = ">=3.11"
# dependencies = ["copier>=9.19,<10"]
# ///
"""The service and its template: `uv run tools/standard.py update`, or `check`."""

import sys

from updating.command_line import main

if __name__ == "__main__":
    sys.exit(main())
