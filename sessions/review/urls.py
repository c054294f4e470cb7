"""Addresses of a review."""

from sessions.review import urls_deleg

app_name = "review"
urlpatterns = [*urls_deleg.urlpatterns]
