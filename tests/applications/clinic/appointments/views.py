import logging

from django.http import HttpRequest, JsonResponse

from . import booking

logger = logging.getLogger(__name__)


def book(request: HttpRequest, hour: int) -> JsonResponse:
    patient = request.GET.get("patient", "nobody")
    try:
        return JsonResponse({"hour": booking.book(patient, hour)})
    except booking.NotFree:
        logger.exception("Could not book")
        return JsonResponse({"error": "not free"}, status=409)
