from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("confirm/<str:key>/", views.confirm_address, name="confirm_address"),
    # Below allauth's own addresses, whose forms are paced.
    path("account/enter/", views.enter, name="enter"),
    path("account/again/", views.again, name="again"),
    path("account/enter/<str:token>/", views.enter_by_link, name="enter_by_link"),
    path("setup/<str:token>/", views.setup, name="setup"),
]
