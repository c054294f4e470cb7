from django.urls import path

from registration.views import consents, public

urlpatterns = [
    path("c/<slug:slug>/registration/", public.categories, name="categories"),
    path("c/<slug:slug>/registration/<int:category_id>/", public.apply, name="apply"),
    path("c/<slug:slug>/registration/sent/", public.sent, name="sent"),
    path("c/<slug:slug>/registration/mine/", public.mine, name="mine"),
    path("c/<slug:slug>/registration/mine/confirm/", public.confirm, name="confirm"),
    path("c/<slug:slug>/registration/mine/<int:application_id>/", public.change, name="change"),
    path("c/<slug:slug>/registration/mine/<int:application_id>/agree/", consents.agree, name="agree"),
    path("c/<slug:slug>/registration/mine/<int:application_id>/list/", public.set_in_list, name="set_in_list"),
    path("c/<slug:slug>/registration/mine/<int:application_id>/withdraw/", public.withdraw, name="withdraw"),
]
