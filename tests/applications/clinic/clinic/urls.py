from django.urls import include, path

urlpatterns = [path("appointments/", include("appointments.urls"))]
