# Managed by the service template: change it there, or expect a merge on update.
"""The audit trail: its handler, its chain, its losses and its proof."""
