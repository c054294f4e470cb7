"""Badges, the doors they open, the devices that read them, and what was read."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference
from registration.models.applications import Application


class Badge(models.Model):
    """A printed badge. Its code is a secret that says nothing of its person; printing another one revokes it."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="badges")
    code = models.CharField(max_length=40, unique=True)
    issued_at = models.DateTimeField(auto_now_add=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    # When the secretariat last put it on paper; what its owner prints at home does not count.
    printed_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("badge")
        verbose_name_plural = _("badges")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=Q(revoked_at=None), name="one_badge_that_opens_doors"
            )
        ]

    def __str__(self) -> str:
        return f"{self.application} ({self.pk})"


class Gate(models.Model):
    """A place where badges are read: an entrance of the venue, or the door of a room."""

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="gates")
    name = models.CharField(_("name"), max_length=100)
    # What it leads into; empty for the venue itself. Who came in through one gate of a place is in it for all of them.
    area = models.CharField(_("leads into"), max_length=100, blank=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("gate")
        verbose_name_plural = _("gates")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["conference", "name"], name="gate_once_a_conference")]

    def __str__(self) -> str:
        return self.name


class Device(models.Model):
    """A phone or tablet that reads badges, without an account: enrolled by scanning a code, revoked by a click."""

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="devices")
    gate = models.ForeignKey(Gate, on_delete=models.PROTECT, related_name="devices")
    name = models.CharField(_("name"), max_length=100)
    # What it shows on enrolling (once, until `enrolled_at`) and with each request afterwards; hashes of secrets.
    invitation_hash = models.CharField(max_length=64, unique=True)
    invited_until = models.DateTimeField()
    key_hash = models.CharField(max_length=64, unique=True, null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    enrolled_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class Direction(models.TextChoices):
    IN = "in", _("in")
    OUT = "out", _("out")


class Outcome(models.TextChoices):
    PASSED = "passed", _("may pass")
    # The badge was in already: shown to the door, which decides.
    AGAIN = "again", _("is in already")
    REVOKED = "revoked", _("this badge was revoked")
    UNKNOWN = "unknown", _("not a badge of this conference")


class Scan(models.Model):
    """A badge that was read at a gate. A device makes the nonce, so that one that is sent again is written once."""

    nonce = models.UUIDField(unique=True)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="scans", null=True, blank=True)
    gate = models.ForeignKey(Gate, on_delete=models.PROTECT, related_name="scans")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="scans", null=True, blank=True)
    badge = models.ForeignKey(Badge, on_delete=models.SET_NULL, related_name="scans", null=True, blank=True)
    direction = models.CharField(_("direction"), max_length=3, choices=Direction, default=Direction.IN)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    # What the device told those at the gate, before it asked the server; empty where it said nothing by itself.
    said = models.CharField(_("said at the gate"), max_length=10, choices=Outcome, blank=True, default="")
    # By the device's clock, corrected by what it knows of the server's; and when the server heard of it.
    at = models.DateTimeField()
    heard_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("scan")
        verbose_name_plural = _("scans")
        ordering = ["pk"]
        indexes = [models.Index(fields=["application", "at"], name="scans_of_a_person")]

    def __str__(self) -> str:
        return f"{self.application} {self.direction} {self.at:%H:%M}"
