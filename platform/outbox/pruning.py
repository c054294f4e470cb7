"""Forgetting what no page will ask for again."""

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from outbox.models import Event, Receipt, Topic


def prune() -> int:
    """Deletes events and receipts older than LOG_KEPT_FOR and remembers to where. Returns how many events went.

    Works in short transactions: a topic's row is locked for one deletion at a time.
    """
    before = timezone.now() - settings.LOG_KEPT_FOR
    gone = 0
    for name in (
        Event.objects.filter(made_at__lt=before).values_list("topic_id", flat=True).distinct().order_by("topic_id")
    ):
        with transaction.atomic():
            topic = Topic.objects.select_for_update(no_key=True).get(name=name)
            old = Event.objects.filter(topic=topic, made_at__lt=before)
            newest = old.aggregate(newest=Max("seq"))["newest"]
            if newest is None:
                continue
            topic.pruned_to = newest
            topic.save(update_fields=["pruned_to"])
            # By seq, not by time: the log must stay without gaps after pruned_to.
            gone += Event.objects.filter(topic=topic, seq__lte=newest).delete()[0]
    Receipt.objects.filter(made_at__lt=before).delete()
    return gone
