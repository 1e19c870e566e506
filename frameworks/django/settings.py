"""The settings of this service, which are Django's; its logging has observability/settings.py."""

import os
import secrets

from django.core.exceptions import ImproperlyConfigured

MAX_TRANSCRIPT_CHARACTERS = int(os.environ.get("MAX_TRANSCRIPT_CHARACTERS", "100000"))

DEBUG = os.environ.get("DEBUG") == "1"
ROOT_URLCONF = "{{ package }}.routes"

# The names that clients call the service by; health checks may use any.
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")

# What Django signs with, cookies for example. On a developer's machine it is new at each start.
SECRET_KEY = os.environ.get("SECRET_KEY", "")
if not SECRET_KEY:
    if (os.environ.get("ENVIRONMENT") or "development") not in {"development", "test"}:
        raise ImproperlyConfigured("SECRET_KEY is not set; set it to 50 random characters")
    SECRET_KEY = secrets.token_urlsafe(50)

USE_TZ = True
TIME_ZONE = "UTC"  # unset, Django moves the whole process to Chicago

INSTALLED_APPS: list[str] = []
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]

# `observability` sets logging up, and Django shall not set it up again.
LOGGING_CONFIG = None
