from django.urls import path, re_path

from sessions.stage import bundles, views

app_name = "stage"
urlpatterns = [
    path("c/<slug:slug>/sessions/<int:session_id>/source/", views.source, name="source"),
    path("c/<slug:slug>/sessions/<int:session_id>/source/clear/", views.clear, name="clear"),
    # Only names that a bundle can have come through at all.
    re_path(
        rf"^c/(?P<slug>[-\w]+)/sessions/(?P<session_id>[0-9]{{1,18}})/hls/(?P<bundle>{bundles.NAME})/(?P<file>{bundles.FILE})\Z",
        views.hls,
        name="hls",
    ),
    re_path(
        rf"^f/(?P<session_id>[0-9]{{1,18}})/(?P<key>[0-9]{{1,18}})/hls/(?P<bundle>{bundles.NAME})/(?P<file>{bundles.FILE})\Z",
        views.hls_on_screen,
        name="hls_on_screen",
    ),
]
