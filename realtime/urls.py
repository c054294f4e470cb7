from django.urls import path

from realtime import views

app_name = "realtime"
urlpatterns = [
    path("do/", views.do, name="do"),
    path("events/", views.events, name="events"),
    path("since/", views.since, name="since"),
    path("time/", views.time, name="time"),
]
