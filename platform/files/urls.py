from django.urls import path

from files import tus, views

app_name = "files"
urlpatterns = [
    path("<int:upload_id>/", views.download, name="download"),
    path("resumable/", tus.uploads, name="uploads"),
    path("resumable/<str:public_id>/", tus.upload, name="upload"),
]
