"""A bare Django application, or one with our middleware; the settings are those of a service."""

import os
import time
from typing import Any

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path


def answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


def cpu(request: HttpRequest) -> HttpResponse:
    """CPU seconds of this process so far."""
    return HttpResponse(str(time.process_time()))


urlpatterns = [path("", answer), path("cpu", cpu)]

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    LOGGING_CONFIG=None,
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
    ],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only of the benchmark",
    TIME_ZONE="UTC",
    USE_TZ=True,
)
django.setup()
app: Any = get_wsgi_application()

if os.environ["CONTENDER"] == "ours":
    from orders.observability import instrument

    app = instrument(app)
