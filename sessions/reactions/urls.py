from django.urls import path

from sessions.reactions import views

app_name = "reactions"
urlpatterns = [path("c/<slug:slug>/sessions/<int:session_id>/react/", views.give, name="give")]
