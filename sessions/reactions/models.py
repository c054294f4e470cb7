"""How often a session was applauded, agreed with and thanked: numbers only, nobody's name is kept."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sessions.programme.models import Session


class Kind(models.TextChoices):
    APPLAUSE = "applause", _("Applause")
    AGREE = "agree", _("I agree")
    THANKS = "thanks", _("Thank you")


class Reactions(models.Model):
    """All reactions to one session. The row is the lock that puts those who react in order."""

    session = models.OneToOneField(Session, on_delete=models.CASCADE, primary_key=True, related_name="reactions")
    applause_count = models.PositiveIntegerField(default=0)
    agree_count = models.PositiveIntegerField(default=0)
    thanks_count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("reactions")
        verbose_name_plural = _("reactions")

    def __str__(self) -> str:
        return f"{self.session}: {self.counts}"

    @property
    def counts(self) -> dict[str, int]:
        return {kind.value: getattr(self, f"{kind.value}_count") for kind in Kind}

    def add(self, kind: str, times: int) -> None:
        setattr(self, f"{kind}_count", getattr(self, f"{kind}_count") + times)
