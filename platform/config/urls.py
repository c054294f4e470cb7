"""Every address of the site, by app."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("web.urls")),
    path("", include("conferences.urls")),
    path("", include("registration.urls")),
    path("", include("sessions.programme.urls")),
    path("", include("sessions.attendance.urls")),
    path("", include("sessions.questions.urls")),
    path("", include("sessions.reactions.urls")),
    path("", include("sessions.stage.urls")),
    path("", include("sessions.review.urls")),
    path("", include("accounts.urls")),
    path("account/", include("allauth.urls")),
    path("files/", include("files.urls")),
    path("jobs/", include("jobs.urls")),
    path("mail/", include("mail.urls")),
    path("live/", include("realtime.urls")),
    path("admin/", admin.site.urls),
]

handler404 = "web.views.not_found"
handler403 = "web.views.forbidden"
handler400 = "web.views.bad_request"
handler500 = "web.views.server_error"
