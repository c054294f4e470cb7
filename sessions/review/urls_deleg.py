"""Addresses of a review: a delegation’s own pages, the comment round, interpreters, and statements to be read."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from sessions.review.views import booth, comment, film, own, reporting, statements
from sessions.stage import bundles

of_slot: list[URLPattern | URLResolver] = [
    path("", own.slot, name="slot"),
    path("act/", own.act, name="act"),
    path("speaker/", reporting.speaker, name="speaker"),
    path("statement/", statements.hand_in, name="hand_in_statement"),
    path("statement/<int:statement_id>/remove/", statements.remove, name="remove_statement"),
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
of_review: list[URLPattern | URLResolver] = [
    path("mine/", own.mine, name="mine"),
    path("booth/", booth.booth, name="booth"),
    path("slots/<int:slot_id>/", include(of_slot)),
    path("statements/<int:statement_id>/", statements.statement, name="statement"),
    path("statements/<int:statement_id>/text/", statements.plain, name="statement_text"),
]
urlpatterns = [path("c/<slug:slug>/sessions/<int:session_id>/review/", include(of_review))]
