"""The event log: a gapless sequence per topic, and the counts that change too fast to be events."""

import secrets

from django.conf import settings
from django.db import models


def new_epoch() -> str:
    return secrets.token_hex(3)


class Log(models.Model):
    """The one row that says which log this is. A restored database must not pass for the one it was."""

    epoch = models.CharField(max_length=12, default=new_epoch)

    def __str__(self) -> str:
        return self.epoch


class Topic(models.Model):
    """Where a topic stands. A topic nobody wrote to yet has no row and stands at 0."""

    name = models.CharField(max_length=100, primary_key=True)
    # Raised when what came before must not be continued (a purge, the end of a rehearsal).
    generation = models.PositiveIntegerField(default=0)
    seq = models.PositiveBigIntegerField(default=0)
    # Events up to here are pruned: an older position gets a snapshot.
    pruned_to = models.PositiveBigIntegerField(default=0)
    tally_version = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} at {self.seq}"


class Event(models.Model):
    """What changed for one audience: `cards` maps a card's key to all this audience may see of it, or to nothing."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="events", db_constraint=False)
    seq = models.PositiveBigIntegerField()
    name = models.CharField(max_length=60)
    cards = models.JSONField()
    made_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "seq"], name="event_seq_once_a_topic")]

    def __str__(self) -> str:
        return f"{self.topic_id}#{self.seq} {self.name}"


class Tally(models.Model):
    """Absolute counts of one thing; `version` is the topic's, raised in the commit that counted."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="tallies", db_constraint=False)
    key = models.CharField(max_length=60)
    counts = models.JSONField()
    version = models.PositiveBigIntegerField()

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [models.UniqueConstraint(fields=["topic", "key"], name="tally_once_a_topic")]
        indexes = [models.Index(fields=["topic", "version"], name="tally_by_version")]

    def __str__(self) -> str:
        return f"{self.topic_id} {self.key}: {self.counts}"


class Receipt(models.Model):
    """A command that was carried out, so that sending it again does nothing again."""

    doer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    command_id = models.UUIDField()
    command = models.CharField(max_length=60)
    answer = models.JSONField(default=dict)
    made_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["doer", "command_id"], name="command_done_once")]

    def __str__(self) -> str:
        return f"{self.command} {self.command_id}"
