"""Addresses of a delegation's pages, and of those that concern all delegations."""

from django.urls import include, path

from registration.views import delegations, lists

delegation = [
    path("", delegations.delegation, name="delegation"),
    path("focal-points/", delegations.invite_focal_point, name="invite_focal_point"),
    path(
        "focal-points/<int:focal_point_id>/dismiss/",
        delegations.dismiss_focal_point,
        name="dismiss_focal_point",
    ),
    path("members/list/", lists.delegation_list, name="delegation_list"),
    path("members/new/<int:category_id>/", delegations.nominate, name="nominate"),
    path("members/<int:application_id>/", delegations.change_member, name="change_member"),
    path("members/<int:application_id>/replace/", delegations.substitute, name="substitute"),
    path("members/<int:application_id>/withdraw/", delegations.withdraw_member, name="withdraw_member"),
    path("members/confirm/", delegations.affirm, name="affirm"),
    path("credentials/", delegations.hand_in_credentials, name="hand_in_credentials"),
    path("credentials/<int:credential_id>/", delegations.decide_credentials, name="decide_credentials"),
]
urlpatterns = [
    path("c/<slug:slug>/registration/delegations/", delegations.delegations, name="delegations"),
    path("c/<slug:slug>/registration/delegation/<int:delegation_id>/", include(delegation)),
    path("c/<slug:slug>/registration/phases/", delegations.phases, name="phases"),
    path("c/<slug:slug>/registration/order/", delegations.order, name="order"),
    path("c/<slug:slug>/registration/order/save/", delegations.arrange, name="arrange"),
    path("c/<slug:slug>/registration/order/draw/", delegations.draw, name="draw"),
]
