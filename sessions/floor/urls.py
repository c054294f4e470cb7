"""Addresses of the floor."""

from django.urls import include, path

from sessions.floor.views import console

app_name = "floor"

of_session = [
    path("chair/", console.console, name="console"),
    path("chair/act/", console.act, name="console_act"),
    path("chair/ask/<slug:what>/<int:about_id>/", console.ask, name="console_ask"),
]
urlpatterns = [
    path("c/<slug:slug>/sessions/<int:session_id>/", include(of_session)),
]
