from django.urls import URLPattern, path

from registration.views import privacy as views

urlpatterns: list[URLPattern] = [
    path("account/privacy/", views.privacy, name="privacy"),
    path("account/privacy/data/", views.ask_for_data, name="ask_for_data"),
    path("account/privacy/delete/", views.delete_me, name="delete_me"),
    path("account/privacy/gone/", views.gone, name="gone"),
    path("c/<slug:slug>/organise/registration/looks/", views.looks, name="looks"),
]
