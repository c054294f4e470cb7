from django.urls import URLPattern, path

from registration.views import letters

ROOT = "c/<slug:slug>/organise/registration/letters/"
MANY = f"{ROOT}to-many/"

urlpatterns: list[URLPattern] = [
    path(ROOT, letters.letters, name="letters"),
    path(f"{MANY}new/", letters.write_mailing, name="write_mailing"),
    path(f"{MANY}<int:mailing_id>/", letters.mailing, name="mailing"),
    path(f"{MANY}<int:mailing_id>/change/", letters.change_mailing, name="change_mailing"),
    path(f"{MANY}<int:mailing_id>/look/", letters.look_at_mailing, name="look_at_mailing"),
    path(f"{MANY}<int:mailing_id>/send/", letters.send_mailing, name="send_mailing"),
    path(f"{MANY}<int:mailing_id>/stop/", letters.stop_mailing, name="stop_mailing"),
    path(f"{MANY}<int:mailing_id>/discard/", letters.discard_mailing, name="discard_mailing"),
    path(f"{ROOT}<slug:letter_name>/<slug:language>/", letters.letter, name="letter"),
    path(f"{ROOT}<slug:letter_name>/<slug:language>/reset/", letters.reset_letter, name="reset_letter"),
    path("c/<slug:slug>/registration/mine/calendar.ics", letters.my_calendar, name="my_calendar"),
    path("unsubscribe/<str:signed>/", letters.unsubscribe, name="unsubscribe"),
]
