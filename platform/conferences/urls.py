"""Addresses of organisers' pages about a conference as a whole."""

from django.urls import include, path

from conferences import views

app_name = "conferences"

organise = [
    path("conference/", views.change, name="change"),
    path("delegations/", views.delegations, name="delegations"),
    path("delegations/add/", views.add_delegations, name="add_delegations"),
    path("delegations/order/", views.reorder_delegations, name="reorder_delegations"),
    path("delegations/<int:delegation_id>/", views.change_delegation, name="change_delegation"),
    path("delegations/<int:delegation_id>/remove/", views.remove_delegation, name="remove_delegation"),
    path("people/", views.members, name="members"),
    path("people/<int:membership_id>/", views.change_member, name="change_member"),
    path("people/<int:membership_id>/remove/", views.remove_member, name="remove_member"),
]
urlpatterns = [
    path("conferences/new/", views.create, name="create"),
    path("c/<slug:slug>/organise/", include(organise)),
]
