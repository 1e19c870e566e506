# Managed by the template: edits here are merged on update.
"""Which field names are secret, judged by segments."""

import re


def is_sensitive(name: str) -> bool:
    """Whether the value of a field of this name is secret."""
    return bool(re.search(r"(?i)passw|secret|token$|api_?key|authorization|cookie", name))
