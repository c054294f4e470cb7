"""The ledger of who was present in a session, in the room or online, from when to when.

No address and no device is kept, and nothing of people who did not sign in but how many they were at once.
"""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from conferences.models import Delegation
from registration.models import Gate
from sessions.programme.models import Room, Session

# Processes report once a minute. Whoever is seen again within this was there all the time: a report may be late, a
# phone changes its network, a process that was killed is replaced.
UNSEEN_FOR = timedelta(seconds=150)


class How(models.TextChoices):
    """How somebody is present. One person may be both: in the room with the page open."""

    ONLINE = "online", _("online")
    IN_ROOM = "in_room", _("in the room")


class Attendance(models.Model):
    """A person's uninterrupted presence of one kind in one session. Times are UTC.

    Of a person's spans of one kind in a session the newest alone grows (`is_latest`), and the database holds that there
    is one such. A new one begins after the end of the one before, so spans of one kind do not overlap; those of two
    kinds may (`spans.merged`). `from_at == to_at` is a person who was seen once.

    Online people are seen every minute; in the room they are seen coming in and going out. In between the span is open:
    it lasts until now, or until the session ends.
    """

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="attendances", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="attendances")
    how = models.CharField(_("how"), max_length=10, choices=How)
    from_at = models.DateTimeField(_("present from"))
    # In no index: it moves every minute for everybody in a hall, and PostgreSQL then writes the row alone.
    to_at = models.DateTimeField(_("present until"))
    is_latest = models.BooleanField(default=True)
    is_open = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("presence")
        verbose_name_plural = _("presences")
        constraints = [
            models.CheckConstraint(condition=Q(to_at__gte=F("from_at")), name="presence_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(how__in=["online", "in_room"]), name="presence_is_online_or_in_the_room"
            ),
            models.UniqueConstraint(
                fields=["session", "user", "how"], condition=Q(is_latest=True), name="one_latest_presence_of_a_kind"
            ),
            models.UniqueConstraint(fields=["session", "user", "how", "from_at"], name="presence_begins_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.session_id}: {self.how}, {self.from_at} to {self.to_at}"


class FormerMember(models.Model):
    """Of which delegation somebody was who left for good: the ledger goes on counting them there, without a name."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    delegation = models.ForeignKey(Delegation, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("former member")
        verbose_name_plural = _("former members")
        constraints = [models.UniqueConstraint(fields=["user", "delegation"], name="former_member_once")]

    def __str__(self) -> str:
        return f"{self.user_id} of {self.delegation_id}"


class SessionPresence(models.Model):
    """How many follow a session's page at once, those included who did not sign in. Times are UTC.

    Its row is also the lock that puts reports about one session in order, so that nobody who runs the session waits.
    """

    session = models.OneToOneField(Session, on_delete=models.CASCADE, primary_key=True, related_name="presence")
    online_now = models.PositiveIntegerField(_("online now"), default=0)
    # When `online_now` was counted. It is worth nothing a few minutes later: a hall that empties is not reported.
    counted_at = models.DateTimeField(null=True)
    # The highest while the session was on.
    peak = models.PositiveIntegerField(_("most at once"), default=0)
    peak_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("number present")
        verbose_name_plural = _("numbers present")

    def __str__(self) -> str:
        return f"{self.session_id}: {self.online_now} now, {self.peak} at most"


class Door(models.Model):
    """A gate where badges are read that is the door of a room: who passes there is in the session that is on inside."""

    gate = models.OneToOneField(Gate, on_delete=models.CASCADE, primary_key=True, related_name="door")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="doors")

    class Meta:
        verbose_name = _("door of a room")
        verbose_name_plural = _("doors of rooms")

    def __str__(self) -> str:
        return f"{self.gate}: {self.room}"
