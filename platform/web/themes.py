"""Light or dark, as the reader chose; without a choice the reader's system decides."""

from django.utils.translation import gettext_lazy as _

THEME_COOKIE = "theme"
THEMES = {"": _("As my device"), "light": _("Light"), "dark": _("Dark")}
