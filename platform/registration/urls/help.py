from django.urls import URLPattern, path

from registration.views import help as views

urlpatterns: list[URLPattern] = [
    path("help/call/", views.ask_for_help, name="ask_for_help"),
    path("help/<int:ticket_id>/", views.ticket, name="ticket"),
    path("help/<int:ticket_id>/helped/", views.helped, name="helped"),
    path("c/<slug:slug>/organise/help/", views.help_desk, name="help_desk"),
    path("c/<slug:slug>/organise/help/code/", views.help_code, name="help_code"),
    path("c/<slug:slug>/organise/help/<int:ticket_id>/", views.help_ticket, name="help_ticket"),
    path("c/<slug:slug>/organise/help/<int:ticket_id>/take/", views.take_ticket, name="take_ticket"),
    path("c/<slug:slug>/organise/help/<int:ticket_id>/close/", views.close_ticket, name="close_ticket"),
]
