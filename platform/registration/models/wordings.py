"""What a consent said, version by version."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from i18nfield.fields import I18nCharField, I18nTextField

from registration.models.applications import Field


class Wording(models.Model):
    """The words of one version of a consent, kept for good: the `version` of an answer leads to what was agreed to."""

    field = models.ForeignKey(Field, on_delete=models.CASCADE, related_name="wordings")
    version = models.PositiveSmallIntegerField(_("version"))
    label = I18nCharField(_("question"), max_length=200)
    help = I18nTextField(_("help"), blank=True)
    why = I18nTextField(_("why it is asked"), blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("wording of a consent")
        verbose_name_plural = _("wordings of consents")
        ordering = ["field", "version"]
        constraints = [models.UniqueConstraint(fields=["field", "version"], name="one_wording_a_version")]

    def __str__(self) -> str:
        return f"{self.label} ({self.version})"
