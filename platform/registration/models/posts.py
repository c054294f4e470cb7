"""Who works at the conference without organising it as a whole."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference


class Work(models.TextChoices):
    SECRETARIAT = "secretariat", _("secretariat")
    HELP_DESK = "help_desk", _("help desk")
    DOOR = "door", _("door")


class Post(models.Model):
    """A person at one of the conference's desks."""

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="posts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="posts")
    work = models.CharField(_("work"), max_length=20, choices=Work)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["conference", "user", "work"], name="post_once")]

    def __str__(self) -> str:
        return f"{self.user} ({self.work})"
