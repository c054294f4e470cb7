"""Who acts for a delegation before the conference, and the papers that say who speaks for it there."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference, Delegation
from files.models import Upload


class Phases(models.Model):
    """When delegations name their members, and when they confirm who comes. An end that is empty is open."""

    conference = models.OneToOneField(Conference, on_delete=models.CASCADE, related_name="phases", primary_key=True)
    nomination_opens_at = models.DateTimeField(_("nomination opens"), null=True, blank=True)
    nomination_closes_at = models.DateTimeField(_("nomination closes"), null=True, blank=True)
    confirmation_opens_at = models.DateTimeField(_("confirmation opens"), null=True, blank=True)
    confirmation_closes_at = models.DateTimeField(_("confirmation closes"), null=True, blank=True)
    # Everybody may read the list of those who agreed to stand in it.
    list_is_public = models.BooleanField(_("the list of participants is public"), default=False)

    class Meta:
        verbose_name = _("phases of registration")
        verbose_name_plural = _("phases of registration")
        constraints = [
            models.CheckConstraint(
                condition=Q(nomination_opens_at=None)
                | Q(nomination_closes_at=None)
                | Q(nomination_closes_at__gt=F("nomination_opens_at")),
                name="nomination_closes_after_it_opens",
            ),
            models.CheckConstraint(
                condition=Q(confirmation_opens_at=None)
                | Q(confirmation_closes_at=None)
                | Q(confirmation_closes_at__gt=F("confirmation_opens_at")),
                name="confirmation_closes_after_it_opens",
            ),
        ]

    def __str__(self) -> str:
        return str(self.conference)


class FocalPoint(models.Model):
    """Who registers and substitutes the members of a delegation on their behalf."""

    delegation = models.ForeignKey(Delegation, on_delete=models.CASCADE, related_name="focal_points")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="focal_points")
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("focal point")
        verbose_name_plural = _("focal points")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["delegation", "user"], name="focal_point_once")]

    def __str__(self) -> str:
        return f"{self.user} ({self.delegation})"


class CredentialState(models.TextChoices):
    HANDED_IN = "handed_in", _("handed in")
    VERIFIED = "verified", _("verified")
    REFUSED = "refused", _("refused")


class Credential(models.Model):
    """A note verbale or letter of credentials: the ministry says who represents it. Verified, they may speak for it."""

    delegation = models.ForeignKey(Delegation, on_delete=models.CASCADE, related_name="credentials")
    upload = models.ForeignKey(Upload, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=20, choices=CredentialState, default=CredentialState.HANDED_IN)
    # The applications of those whom it names; they get their voice with it, and lose it where it is refused later.
    names = models.ManyToManyField("registration.Application", related_name="credentials", blank=True)
    reason = models.TextField(_("reason"), blank=True)
    handed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    handed_in_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("credentials")
        verbose_name_plural = _("credentials")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.delegation}: {self.state}"
