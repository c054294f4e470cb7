"""What is seen and heard of a session."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from files.models import Upload
from sessions.programme.models import Session


class StageSource(models.Model):
    """Where a session's picture comes from: an HLS address or an uploaded film, never both."""

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="stage_source")
    hls_url = models.CharField(_("HLS address"), max_length=500, blank=True)
    upload = models.OneToOneField(
        Upload, on_delete=models.PROTECT, null=True, blank=True, related_name="stage_source", verbose_name=_("film")
    )
    # What a person reads before pressing play.
    title = models.CharField(_("what will be seen"), max_length=200, blank=True)
    # A test card or a holding picture begins again; a speech does not.
    repeats = models.BooleanField(_("begins again at its end"), default=False)
    set_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("source of the picture")
        verbose_name_plural = _("sources of the picture")
        constraints = [
            models.CheckConstraint(
                condition=(Q(hls_url="") & Q(upload__isnull=False)) | (~Q(hls_url="") & Q(upload__isnull=True)),
                name="stage_source_is_one_thing",
            )
        ]

    def __str__(self) -> str:
        return self.hls_url or str(self.upload)
