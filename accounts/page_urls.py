"""Login and logout for browsers, mounted at the root."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts.pages import LoginPage

urlpatterns = [
    path("login/", LoginPage.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
