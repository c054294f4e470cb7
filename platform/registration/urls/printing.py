from django.urls import URLPattern, path

from registration.views import printing

MINE = "c/<slug:slug>/registration/mine/"
DESK = "c/<slug:slug>/organise/registration/"

urlpatterns: list[URLPattern] = [
    path(f"{MINE}badge/", printing.my_badge, name="my_badge"),
    path(f"{MINE}badge/badge.pdf", printing.my_badge_file, name="my_badge_file"),
    path(f"{MINE}certificate.pdf", printing.my_certificate, name="my_certificate"),
    path(f"{DESK}applications/<int:application_id>/badge/", printing.badge, name="badge"),
    path(f"{DESK}applications/<int:application_id>/badge/badge.pdf", printing.badge_file, name="badge_file"),
    path(f"{DESK}print/", printing.print_badges, name="print"),
    path(f"{DESK}print/certificates/", printing.print_certificates, name="print_certificates"),
    path(f"{DESK}print/design/", printing.design, name="design"),
    path(f"{DESK}print/design/<slug:which>.png", printing.design_sample, name="design_sample"),
    path(f"{DESK}print/plates.pdf", printing.plates, name="plates"),
]
