# Managed by the service template: change it there, or expect a merge on update.
"""How a service takes a newer version of its template, and loses nothing of its owner's."""
