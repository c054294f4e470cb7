from django.urls import path

from sessions.attendance import views

app_name = "attendance"
urlpatterns = [
    path("c/<slug:slug>/organise/doors/rooms/", views.doors, name="doors"),
    path("c/<slug:slug>/sessions/<int:session_id>/attendance/", views.session, name="session"),
    path("c/<slug:slug>/sessions/<int:session_id>/attendance.csv", views.export, name="export"),
]
