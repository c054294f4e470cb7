from django.urls import URLPattern, path

from registration.views import lists

ROOT = "c/<slug:slug>/organise/registration/"
LIST = "c/<slug:slug>/registration/participants/"

urlpatterns: list[URLPattern] = [
    path(f"{ROOT}import/", lists.imports, name="imports"),
    path(f"{ROOT}import/<int:import_id>/", lists.import_, name="import"),
    path(f"{ROOT}import/<int:import_id>/columns/", lists.import_columns, name="import_columns"),
    path(f"{ROOT}import/<int:import_id>/start/", lists.start_import, name="start_import"),
    path(f"{ROOT}import/<int:import_id>/discard/", lists.discard_import, name="discard_import"),
    path(f"{ROOT}import/<int:import_id>/errors/", lists.import_errors, name="import_errors"),
    path(f"{ROOT}export/", lists.export, name="export"),
    path(f"{ROOT}export/start/", lists.start_export, name="start_export"),
    path(f"{ROOT}twice/", lists.likenesses, name="likenesses"),
    path(f"{ROOT}twice/find/", lists.find_likenesses, name="find_likenesses"),
    path(f"{ROOT}twice/<int:likeness_id>/", lists.decide_likeness, name="decide_likeness"),
    path(LIST, lists.participants, name="participants"),
    path(f"{LIST}pdf/", lists.participants_pdf, name="participants_pdf"),
]
