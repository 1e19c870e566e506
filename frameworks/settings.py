"""The settings of this service; those of its logging are in observability/settings.py."""

import os

MAX_TRANSCRIPT_CHARACTERS = int(os.environ.get("MAX_TRANSCRIPT_CHARACTERS", "100000"))
