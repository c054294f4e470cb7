"""A conference and its delegations: what everything else hangs on."""

from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField
from i18nfield.fields import I18nCharField, I18nTextField


def check_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” is not a time zone. Write it like Asia/Makassar."), params={"name": name})


class Mode(models.TextChoices):
    IN_PERSON = "in_person", _("in person")
    HYBRID = "hybrid", _("hybrid")
    ONLINE = "online", _("online")


class Conference(models.Model):
    slug = models.SlugField(_("short address"), max_length=50, unique=True)
    acronym = models.CharField(_("acronym"), max_length=40)
    name = I18nCharField(_("name"), max_length=300)
    theme = I18nCharField(_("theme"), max_length=300, blank=True)
    about = I18nTextField(_("about"), blank=True)
    organiser = I18nCharField(_("organised by"), max_length=300, blank=True)
    mode = models.CharField(_("mode"), max_length=20, choices=Mode, default=Mode.HYBRID)
    venue = models.CharField(_("venue"), max_length=200, blank=True)
    city = models.CharField(_("city"), max_length=200, blank=True)
    country = CountryField(_("country"), blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, default="UTC", validators=[check_time_zone])
    # Codes of settings.LANGUAGES or any other: the languages that the conference is held in, the first one leading.
    languages = models.JSONField(_("languages"), default=list, blank=True)
    opens_at = models.DateTimeField(_("opens"))
    closes_at = models.DateTimeField(_("closes"))
    # The conference's own colour, used for what is live or comes next.
    accent = models.CharField(
        _("colour"),
        max_length=7,
        default="#0b5fa5",
        validators=[RegexValidator(r"^#[0-9a-f]{6}$", _("Write it like #0b5fa5."))],
    )
    # How far a demonstration moved the day from its real date; the pages say so in a banner.
    shifted_by = models.DurationField(_("moved by"), null=True, blank=True, editable=False)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("conference")
        verbose_name_plural = _("conferences")
        ordering = ["-opens_at"]
        constraints = [
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="conference_closes_after_it_opens")
        ]

    def __str__(self) -> str:
        return self.acronym

    def get_absolute_url(self) -> str:
        """Where it is looked at. That page shows sessions too and so belongs to the programme."""
        return reverse("programme:home", args=[self.slug])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Delegation(models.Model):
    """A country or an organisation that takes part under its protocol name, in its protocol order."""

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="delegations")
    # Empty for an organisation.
    country = CountryField(_("country"), blank=True)
    name = I18nCharField(_("protocol name"), max_length=200)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    is_host = models.BooleanField(_("host"), default=False)

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["conference", "country"], condition=~Q(country=""), name="country_once_a_conference"
            ),
            models.UniqueConstraint(fields=["conference"], condition=Q(is_host=True), name="one_host_a_conference"),
        ]

    def __str__(self) -> str:
        return str(self.name)


class Role(models.TextChoices):
    """What somebody is in a conference as a whole. Whoever has no membership is a public viewer."""

    ORGANISER = "organiser", _("organiser")
    DELEGATE = "delegate", _("delegate")
    PARTICIPANT = "participant", _("participant")


class Sector(models.TextChoices):
    GOVERNMENT = "government", _("government")
    DIPLOMATIC_CORPS = "diplomatic_corps", _("diplomatic corps")
    CIVIL_SOCIETY = "civil_society", _("civil society")
    ACADEMIA = "academia", _("academia")
    PRIVATE_SECTOR = "private_sector", _("private sector")
    MEDIA = "media", _("media")
    PUBLIC = "public", _("public")


class Rank(models.IntegerChoices):
    """By which people are ordered in protocol, the highest first."""

    HEAD_OF_STATE = 1, _("head of State")
    HEAD_OF_GOVERNMENT = 2, _("head of Government")
    DEPUTY_HEAD_OF_GOVERNMENT = 3, _("deputy head of Government")
    FOREIGN_MINISTER = 4, _("minister for foreign affairs")
    MINISTER = 5, _("minister")
    DEPUTY_MINISTER = 6, _("deputy minister")
    AMBASSADOR = 7, _("ambassador")
    SENIOR_OFFICIAL = 8, _("senior official")
    OFFICIAL = 9, _("official")
    NONE = 99, _("none")


class Membership(models.Model):
    """A person takes part in a conference, in one role, as one capacity."""

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.PARTICIPANT)
    delegation = models.ForeignKey(
        Delegation,
        on_delete=models.PROTECT,
        related_name="members",
        null=True,
        blank=True,
        verbose_name=_("delegation"),
    )
    # Only then may a question or statement be on behalf of the delegation.
    may_speak_for = models.BooleanField(_("may speak for the delegation"), default=False)
    # What they were before their registration gave them this place, {} for nothing; null where it did not.
    registered_over = models.JSONField(null=True, blank=True, editable=False)
    sector = models.CharField(_("sector"), max_length=30, choices=Sector, blank=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["conference", "user"], name="one_membership_a_conference"),
            models.CheckConstraint(
                condition=Q(may_speak_for=False) | Q(delegation__isnull=False),
                name="speaks_for_a_delegation_only",
            ),
            models.CheckConstraint(
                condition=~Q(role="delegate") | Q(delegation__isnull=False), name="delegate_of_a_delegation"
            ),
        ]
        indexes = [models.Index(fields=["conference", "role"], name="members_by_role")]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"
