"""Addresses of the floor. The big screen's is short and stands under /f/: it is typed into the hall's machine."""

from django.urls import include, path

from sessions.floor.views import screen, speaking, text

app_name = "floor"

of_session = [
    path("text/", text.text, name="text"),
    path("speak/", speaking.speak, name="speak"),
    path("sure/<slug:verb>/<int:number>/", speaking.sure, name="sure"),
    path("screen/", screen.screen_here, name="screen_here"),
    path("screen/new-address/", screen.new_screen_address, name="new_screen_address"),
]
urlpatterns = [
    path("c/<slug:slug>/sessions/<int:session_id>/floor/", include(of_session)),
    path("f/<int:session_id>/<int:key>/", screen.screen, name="screen"),
]
