"""Addresses of questions. Those under /s/ are short: they are read off a wall and typed on phones."""

from django.urls import include, path

from sessions.questions.views import desk, floor, stage

app_name = "questions"

of_session = [
    path("questions/", floor.questions, name="list"),
    path("questions/ask/", floor.ask, name="ask"),
    path("questions/support/", floor.support, name="support"),
    path("questions/withdraw/", floor.withdraw, name="withdraw"),
    path("questions/similar/", floor.similar, name="similar"),
    path("desk/", desk.desk, name="desk"),
    path("desk/move/", desk.move, name="move"),
    path("desk/window/", desk.window, name="window"),
    path("desk/new-address/", desk.new_address, name="new_address"),
    path("desk/questions/<int:question_id>/dismiss/", desk.dismiss, name="dismiss"),
    path("stage/", desk.stage_here, name="stage_here"),
]
urlpatterns = [
    path("c/<slug:slug>/sessions/<int:session_id>/", include(of_session)),
    path("s/<int:session_id>/", stage.short, name="short"),
    path("s/<int:session_id>/<int:key>/", stage.stage, name="stage"),
]
