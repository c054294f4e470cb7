"""What remains of a session, and what its chair reads out."""

from django.urls import path, re_path

from sessions.review.views import record, report, script

SESSION = "c/<slug:slug>/sessions/<int:session_id>/"
REPORT = f"{SESSION}review/reports/<int:slot_id>/"

urlpatterns = [
    path(f"{SESSION}record/", record.page, name="record"),
    path(f"{SESSION}record.json", record.as_json, name="record_json"),
    path(f"{SESSION}record.pdf", record.as_pdf, name="record_pdf"),
    path(f"{SESSION}review/script/", script.page, name="script"),
    path(f"{SESSION}review/script.pdf", script.as_pdf, name="script_pdf"),
    path(REPORT, report.page, name="report"),
    path(f"{REPORT}report.json", report.as_json, name="report_json"),
    path(f"{REPORT}report.pdf", report.as_pdf, name="report_pdf"),
    path(f"{REPORT}captions/<slug:language>.vtt", report.captions, name="captions"),
    # Two letters of ISO 3166: so it can be written down and read out.
    re_path(
        r"^c/(?P<slug>[-\w]+)/sessions/(?P<session_id>[0-9]+)/review/reports/(?P<country>[A-Za-z]{2})/\Z",
        report.by_country,
        name="report_by_country",
    ),
]
