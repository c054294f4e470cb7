from django.urls import URLPattern, path

from registration.views import categories, secretariat

ROOT = "c/<slug:slug>/organise/registration/"

urlpatterns: list[URLPattern] = [
    path(ROOT, secretariat.desk, name="desk"),
    path(f"{ROOT}applications/", secretariat.applications, name="applications"),
    path(f"{ROOT}applications/move/", secretariat.move_several, name="move_several"),
    path(f"{ROOT}applications/<int:application_id>/", secretariat.application, name="application"),
    path(f"{ROOT}applications/<int:application_id>/move/", secretariat.move, name="move"),
    path(f"{ROOT}applications/<int:application_id>/withdraw/", secretariat.withdraw, name="withdraw_application"),
    path(f"{ROOT}applications/<int:application_id>/beyond/", secretariat.admit_beyond, name="admit_beyond"),
    path(f"{ROOT}applications/<int:application_id>/change/", secretariat.change, name="change_application"),
    path(f"{ROOT}applications/<int:application_id>/papers/<int:answer_id>/", secretariat.open_paper, name="open_paper"),
    path(f"{ROOT}places/", secretariat.places, name="places"),
    path(f"{ROOT}posts/", secretariat.posts, name="posts"),
    path(f"{ROOT}posts/<int:post_id>/remove/", secretariat.remove_post, name="remove_post"),
    path(f"{ROOT}categories/", categories.categories, name="organise_categories"),
    path(f"{ROOT}categories/<int:category_id>/", categories.change_category, name="change_category"),
    path(f"{ROOT}categories/<int:category_id>/move/", categories.move_category, name="move_category"),
    path(f"{ROOT}categories/<int:category_id>/remove/", categories.remove_category, name="remove_category"),
    path(f"{ROOT}categories/<int:category_id>/form/", categories.category_form, name="category_form"),
    path(f"{ROOT}categories/<int:category_id>/form/preview/", categories.preview_form, name="preview_form"),
    path(f"{ROOT}categories/<int:category_id>/form/add/<slug:kind>/", categories.add_field, name="add_field"),
    path(f"{ROOT}fields/<int:field_id>/", categories.change_field, name="change_field"),
    path(f"{ROOT}fields/<int:field_id>/move/", categories.move_field, name="move_field"),
    path(f"{ROOT}fields/<int:field_id>/remove/", categories.remove_field, name="remove_field"),
]
