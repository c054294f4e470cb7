from sessions.review import urls_record

app_name = "review"
urlpatterns = [*urls_record.urlpatterns]
