"""Every address of a review, and of the record of a session."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from sessions.review.views import (
    board,
    booth,
    comment,
    film,
    lot,
    own,
    record,
    report,
    reporting,
    script,
    set_up,
    statements,
)
from sessions.stage import bundles

app_name = "review"

of_set_up: list[URLPattern | URLResolver] = [
    path("", set_up.set_up, name="set_up"),
    path("plan/", set_up.preview, name="plan"),
    path("invite/", set_up.invite, name="invite"),
    path("order/", set_up.back_to_rule, name="back_to_rule"),
    path("slots/<int:slot_id>/", set_up.change_slot, name="change_slot"),
    path("slots/<int:slot_id>/move/", set_up.move_slot, name="move_slot"),
    path("slots/<int:slot_id>/withdraw/", set_up.withdraw_slot, name="withdraw_slot"),
    path("themes/", set_up.add_theme, name="add_theme"),
    path("themes/<int:theme_id>/", set_up.change_theme, name="change_theme"),
    path("themes/<int:theme_id>/move/", set_up.move_theme, name="move_theme"),
    path("themes/<int:theme_id>/remove/", set_up.remove_theme, name="remove_theme"),
    path("commit/", set_up.commit_lot, name="commit_lot"),
    path("draw/", set_up.draw, name="draw"),
]
of_slot: list[URLPattern | URLResolver] = [
    path("", own.slot, name="slot"),
    path("act/", own.act, name="act"),
    path("speaker/", reporting.speaker, name="speaker"),
    path("statement/", statements.hand_in, name="hand_in_statement"),
    path("statement/<int:statement_id>/remove/", statements.remove, name="remove_statement"),
    path("statement/<int:statement_id>/release/", statements.release, name="end_embargo"),
    path("film/", film.hand_in, name="hand_in_film"),
    path("film/now/", film.now, name="film_now"),
    path("film/remove/", film.remove, name="remove_film"),
    path("preview/", film.preview, name="preview"),
    re_path(rf"^preview/(?P<file>{bundles.FILE})\Z", film.preview_file, name="preview_file"),
    path("achievements/", reporting.achievements, name="achievements"),
    path("commitments/", reporting.commitments, name="commitments"),
    path("remarks/<int:remark_id>/answer/", reporting.answer, name="answer"),
    path("comment/", comment.comment, name="comment"),
]
of_report: list[URLPattern | URLResolver] = [
    path("", report.page, name="report"),
    path("report.json", report.as_json, name="report_json"),
    path("report.pdf", report.as_pdf, name="report_pdf"),
    path("captions/<slug:language>.vtt", report.captions, name="captions"),
]
of_review: list[URLPattern | URLResolver] = [
    path("set-up/", include(of_set_up)),
    path("lot/", lot.lot, name="lot"),
    path("lot/canonical.txt", lot.canonical, name="canonical"),
    path("board/", board.board, name="board"),
    path("board/attended/", board.mark_attended, name="mark_attended"),
    path("board/remind/", board.remind, name="remind"),
    path("mine/", own.mine, name="mine"),
    path("booth/", booth.booth, name="booth"),
    path("slots/<int:slot_id>/", include(of_slot)),
    path("statements/<int:statement_id>/", statements.statement, name="statement"),
    path("statements/<int:statement_id>/text/", statements.plain, name="statement_text"),
    path("script/", script.page, name="script"),
    path("script.pdf", script.as_pdf, name="script_pdf"),
    path("reports/<int:slot_id>/", include(of_report)),
    # Two letters of ISO 3166: so it can be written down and read out.
    re_path(r"^reports/(?P<country>[A-Za-z]{2})/\Z", report.by_country, name="report_by_country"),
]
of_session: list[URLPattern | URLResolver] = [
    path("record/", record.page, name="record"),
    path("record.json", record.as_json, name="record_json"),
    path("record.pdf", record.as_pdf, name="record_pdf"),
    path("review/", include(of_review)),
]
urlpatterns = [path("c/<slug:slug>/sessions/<int:session_id>/", include(of_session))]
