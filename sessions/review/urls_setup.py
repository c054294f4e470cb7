"""Addresses of a review’s set-up, its lot and its board."""

from django.urls import URLPattern, URLResolver, include, path

from sessions.review.views import board, lot, set_up

of_set_up = [
    path("", set_up.set_up, name="set_up"),
    path("preview/", set_up.preview, name="preview"),
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
of_review: list[URLPattern | URLResolver] = [
    path("set-up/", include(of_set_up)),
    path("lot/", lot.lot, name="lot"),
    path("lot/canonical.txt", lot.canonical, name="canonical"),
    path("board/", board.board, name="board"),
    path("board/attended/", board.mark_attended, name="mark_attended"),
    path("board/remind/", board.remind, name="remind"),
]
urlpatterns = [path("c/<slug:slug>/sessions/<int:session_id>/review/", include(of_review))]
