"""What is seen and heard of a session."""

from datetime import datetime

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


class Playing(models.Model):
    """What is played to everybody at the same moment, in place of the session's source.

    It is where it is by the server's clock alone: at `position_ms` at `since`, moving on from there, or standing at
    `position_ms` where `since` is null. A `since` that is yet to come gives pages time to load.
    """

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="playing")
    # Of bundles.py, in the session's own folder.
    bundle = models.CharField(_("bundle"), max_length=60)
    title = models.CharField(_("what will be seen"), max_length=200)
    seconds = models.FloatField(_("duration"))
    position_ms = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("clip that is being played")
        verbose_name_plural = _("clips that are being played")
        constraints = [models.CheckConstraint(condition=Q(seconds__gt=0), name="stage_playing_lasts")]

    def __str__(self) -> str:
        return self.title

    def position_at(self, moment: datetime) -> float:
        """In seconds, from 0 to its end."""
        moved = max((moment - self.since).total_seconds(), 0.0) if self.since else 0.0
        return min(self.position_ms / 1000 + moved, self.seconds)
