"""The application: what it is made of, and nothing else."""

import os

from django.core.wsgi import get_wsgi_application

from {{ observability }} import instrument

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{{ package }}.settings")

app = instrument(get_wsgi_application())
