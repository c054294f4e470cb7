"""The yardstick of `registration`: one Django form, one row, on the same server and database, with nothing around it.

`bare_form.py make` makes its table; `bare_form:application` is served. DATABASE_URL or DATA_DIR say where the row goes.
"""

import os
import sys
from pathlib import Path

import django
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import engines
from django.urls import path

from config import env

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={
        "default": env.database(
            os.environ.get("DATABASE_URL", ""), sqlite_file=Path(os.environ["DATA_DIR"]) / "bare.sqlite3", pool_size=20
        )
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    MIDDLEWARE=["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="a yardstick has no secrets",  # noqa: S106
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    USE_TZ=True,
)
django.setup(set_prefix=False)

from django.core.asgi import get_asgi_application  # noqa: E402  these need the settings
from django.db import connection, models  # noqa: E402


class Guest(models.Model):
    name = models.CharField(max_length=200)
    email = models.EmailField()

    class Meta:
        app_label = "bare"


class GuestForm(forms.Form):
    name = forms.CharField(max_length=200)
    email = forms.EmailField()


PAGE = """<!doctype html>
<title>Register</title>
<form method="post">{% csrf_token %}{{ form }}<button>Send</button></form>
"""
# Read once, as a page of an application is.
READ = engines["django"].from_string(PAGE)


def register(request: HttpRequest) -> HttpResponse:
    form = GuestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        Guest.objects.create(**form.cleaned_data)
        return redirect("/")
    return HttpResponse(READ.render({"form": form}, request))


urlpatterns = [path("", register)]

if __name__ == "__main__" and sys.argv[1:] == ["make"]:
    with connection.schema_editor() as editor:
        editor.create_model(Guest)
else:
    application = get_asgi_application()
