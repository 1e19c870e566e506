from django.urls import path

from . import views

urlpatterns = [path("<int:hour>", views.book)]
