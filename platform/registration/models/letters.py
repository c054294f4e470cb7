"""What a conference writes in its mails, and letters to many that wait for a look."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference
from jobs.models import Job


class LetterTemplate(models.Model):
    """A conference's own words for one of its mails in one language, in place of the program's."""

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="letter_templates")
    # A status of an application, or another letter's name (see registration.letters).
    letter = models.CharField(_("letter"), max_length=40)
    language = models.CharField(_("language"), max_length=10)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("template of a letter")
        verbose_name_plural = _("templates of letters")
        constraints = [
            models.UniqueConstraint(fields=["conference", "letter", "language"], name="template_once_a_language")
        ]

    def __str__(self) -> str:
        return f"{self.letter} ({self.language})"


class MailingState(models.TextChoices):
    WAITING = "waiting", _("waits for a look")
    LEAVING = "leaving", _("is being sent")
    SENT = "sent", _("sent")
    STOPPED = "stopped", _("stopped")


class Mailing(models.Model):
    """A letter to many. Nothing leaves before somebody has looked at it for a real person."""

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="mailings")
    # {"en": {"subject": "...", "text": "..."}, ...}
    words = models.JSONField(default=dict)
    # {"to": ["applicants"], "status": ["approved"], "category": [3], "delegation": [], "attendance": []}; empty lists
    # are everybody who applied. Of focal points only the delegation counts.
    recipients = models.JSONField(default=dict)
    # What nobody can do without, such as a change of the venue: it goes to those too who want no other mails.
    is_essential = models.BooleanField(_("essential: also to those who want no other mails"), default=False)
    # Counts changes of words and recipients. It leaves as it was looked at, or not at all.
    version = models.PositiveIntegerField(default=1)
    looked_at_version = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=MailingState, default=MailingState.WAITING)
    recipient_count = models.PositiveIntegerField(default=0)
    sent_count = models.PositiveIntegerField(default=0)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    made_at = models.DateTimeField(auto_now_add=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("letter to many")
        verbose_name_plural = _("letters to many")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"#{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("registration:mailing", args=[self.conference.slug, self.pk])

    @property
    def title(self) -> str:
        """Its subject, in the conference's first language that it was written in."""
        languages = [*self.conference.languages, *sorted(self.words)]
        return next((self.words[language]["subject"] for language in languages if language in self.words), "")

    @property
    def is_looked_at(self) -> bool:
        """Whether somebody has seen it, as one of its readers gets it, since its last change."""
        return self.looked_at_version == self.version


class Delivery(models.Model):
    """One person's copy of a mailing, written down as it is posted: a job that is repeated sends none twice."""

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="deliveries")
    # Whose copy it is: somebody who applied or was named, or a focal point.
    application = models.ForeignKey(
        "registration.Application", on_delete=models.CASCADE, related_name="+", null=True, blank=True
    )
    focal_point = models.ForeignKey(
        "registration.FocalPoint", on_delete=models.CASCADE, related_name="+", null=True, blank=True
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["mailing", "application"], name="one_copy_each"),
            models.UniqueConstraint(fields=["mailing", "focal_point"], name="one_copy_a_focal_point"),
            models.CheckConstraint(condition=Q(application=None) ^ Q(focal_point=None), name="copy_of_one_reader"),
        ]

    def __str__(self) -> str:
        return f"{self.application or self.focal_point}"


class Unsubscribed(models.Model):
    """Somebody who wants no mail of a conference but what is essential."""

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("unsubscribed person")
        verbose_name_plural = _("unsubscribed people")
        constraints = [models.UniqueConstraint(fields=["conference", "user"], name="unsubscribed_once")]

    def __str__(self) -> str:
        return str(self.user)
