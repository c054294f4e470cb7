"""Every address of a review, by part."""

from sessions.review import urls_setup

app_name = "review"
urlpatterns = [*urls_setup.urlpatterns]
