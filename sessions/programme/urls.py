"""Addresses of the programme. `/` is the list of conferences."""

from django.urls import include, path

from sessions.programme.views import organising, reading, session

app_name = "programme"

organise = [
    path("", organising.organise, name="organise"),
    path("rooms/", organising.rooms, name="rooms"),
    path("rooms/<int:room_id>/", organising.change_room, name="change_room"),
    path("rooms/<int:room_id>/remove/", organising.remove_room, name="remove_room"),
    path("sessions/", organising.sessions, name="sessions"),
    path("sessions/new/", organising.create_session, name="create_session"),
    path("sessions/<int:session_id>/", organising.change_session, name="change_session"),
    path("sessions/<int:session_id>/remove/", organising.remove_session, name="remove_session"),
    path("sessions/<int:session_id>/appoint/", organising.appoint, name="appoint"),
    path("sessions/<int:session_id>/appointments/<int:appointment_id>/dismiss/", organising.dismiss, name="dismiss"),
]
urlpatterns = [
    path("", reading.conferences, name="conferences"),
    path("c/<slug:slug>/", reading.home, name="home"),
    path("c/<slug:slug>/timetable/", reading.timetable, name="timetable"),
    path("c/<slug:slug>/sessions/<int:session_id>/", session.session, name="session"),
    path("c/<slug:slug>/sessions/<int:session_id>/move/", session.move, name="move"),
    path("c/<slug:slug>/organise/", include(organise)),
]
