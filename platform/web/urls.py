from django.urls import path, register_converter

from web import views

app_name = "web"


class HexColour:
    """rrggbb in lower case."""

    regex = "[0-9a-f]{6}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(HexColour, "hex_colour")

urlpatterns = [
    path("language/", views.set_language, name="set_language"),
    path("theme/", views.set_theme, name="set_theme"),
    path("help/", views.help_page, name="help"),
    path("health/", views.health, name="health"),
    path("accent/<hex_colour:colour>.css", views.accent, name="accent"),
    path("robots.txt", views.robots, name="robots"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("favicon.ico", views.favicon, name="favicon"),
]
