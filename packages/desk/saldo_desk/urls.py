"""The addresses of the Desk."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
