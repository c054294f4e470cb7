"""How a conference's papers look, and files that were made for the printer."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference
from files.models import Upload


class CertificateFor(models.TextChoices):
    PRESENT = "present", _("those who were there: read at a door, or present in a session")
    APPROVED = "approved", _("all who are approved")


class Design(models.Model):
    """What of a conference's own stands on its papers, in the language that leads there.

    Words that are empty are the program's.
    """

    conference = models.OneToOneField(Conference, on_delete=models.CASCADE, related_name="design", primary_key=True)
    logo = models.ForeignKey(Upload, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    shows_flag = models.BooleanField(default=True)
    shows_photo = models.BooleanField(default=True)
    back_words = models.TextField(blank=True)
    certificate_for = models.CharField(max_length=20, choices=CertificateFor, default=CertificateFor.PRESENT)
    certificate_title = models.CharField(max_length=100, blank=True)
    certifies = models.CharField(max_length=200, blank=True)
    took_part = models.CharField(max_length=200, blank=True)
    signed_by = models.CharField(max_length=200, blank=True)
    signature = models.ForeignKey(Upload, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        verbose_name = _("design of the papers")
        verbose_name_plural = _("designs of the papers")

    def __str__(self) -> str:
        return str(self.conference)


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
