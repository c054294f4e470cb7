"""Files that were made for the printer."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference
from files.models import Upload


class PrintKind(models.TextChoices):
    BADGES = "badges", _("badges")
    CERTIFICATES = "certificates", _("certificates of attendance")


class Printout(models.Model):
    """A file of many badges or certificates. It holds codes that open doors, so it is kept for a day only."""

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="printouts")
    kind = models.CharField(_("kind"), max_length=20, choices=PrintKind)
    upload = models.OneToOneField(Upload, on_delete=models.PROTECT, related_name="+")
    people_count = models.PositiveIntegerField(_("people"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("file for the printer")
        verbose_name_plural = _("files for the printer")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.conference}: {self.people_count} {self.kind}"
