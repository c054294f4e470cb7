from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("confirm/<str:key>/", views.confirm_address, name="confirm_address"),
    path("setup/<str:token>/", views.setup, name="setup"),
]
