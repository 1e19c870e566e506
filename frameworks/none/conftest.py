"""Fixtures of the service's own tests; `logs` comes from the package's pytest plugin."""
