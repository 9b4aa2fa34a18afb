"""Sign-in, sign-out and the one-time link."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from orderstream.access import views

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-in/<str:token>/", views.sign_in_by_link, name="sign_in_by_link"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
]
