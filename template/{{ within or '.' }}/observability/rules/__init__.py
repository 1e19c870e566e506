# Managed by the service template: change it there, or expect a merge on update.
"""What is secret: by name, by place, by shape; personal data; and what a service adds."""
