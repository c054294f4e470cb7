"""Who looked at somebody's papers."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from registration.models.applications import Answer


class Look(models.Model):
    """Somebody opened a sensitive answer, such as the scan of a passport. Kept as long as the answer's application."""

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="looks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("look at a sensitive answer")
        verbose_name_plural = _("looks at sensitive answers")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.by} {self.at:%Y-%m-%d %H:%M}"
