"""Addresses of the floor. The big screen's is short and stands under /f/: it is typed into the hall's machine."""

from django.urls import include, path

from sessions.floor.views import console, rules, screen, speaking, text

app_name = "floor"

of_session = [
    path("chair/", console.console, name="console"),
    path("chair/act/", console.act, name="console_act"),
    path("chair/ask/<slug:what>/<int:about_id>/", console.ask, name="console_ask"),
    path("floor/rules/", rules.rules, name="rules"),
    path("floor/text/", text.text, name="text"),
    path("floor/speak/", speaking.speak, name="speak"),
    path("floor/sure/<slug:verb>/<int:number>/", speaking.sure, name="sure"),
    path("floor/screen/", screen.screen_here, name="screen_here"),
    path("floor/screen/new-address/", screen.new_screen_address, name="new_screen_address"),
]
urlpatterns = [
    path("c/<slug:slug>/sessions/<int:session_id>/", include(of_session)),
    path("f/<int:session_id>/<int:key>/", screen.screen, name="screen"),
]
