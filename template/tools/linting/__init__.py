# Managed by the service template: change it there, or expect a merge on update.
"""Whether the calls that log keep the standard, and what events they write: read, never run."""
