"""How long what is kept of people is kept, the purge that forgets it then, and who looked at papers.

Who leaves for good is forgotten at once: registration.forgetting.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from conferences.models import Conference
from files.actions import discard_upload
from files.models import Upload
from outbox.changes import action
from registration.actions import CONFIRMED_WITHIN, release_unconfirmed
from registration.export_actions import KEPT_FOR as TABLES_KEPT_FOR
from registration.export_actions import PURPOSE as TABLES
from registration.forgetting import FORGOTTEN_IN_TIME, forget_answers, forget_facts, without_a_use
from registration.models import ACTIVE, Answer, Application, Credential, Field, Import, Look, Ticket
from registration.my_data import MY_DATA, MY_DATA_KEPT_FOR
from registration.papers import PURPOSE as PAPERS
from registration.print_jobs import discard_old_printouts
from registration.rules import CREDENTIALS

# Rows that are forgotten in one transaction.
AT_ONCE = 200
# A file that came with a form which was never sent: an hour longer than the form can still be sent with it.
LOOSE_KEPT_FOR = timedelta(hours=25)
# Calls for help, after the conference closed.
TICKETS_KEPT_FOR = timedelta(days=90)
# Lists of people that somebody handed in, likewise: who was imported from them has answers of their own by then.
LISTS_KEPT_FOR = timedelta(days=90)
# Notes verbales, likewise: until the records are settled it may be asked who was entitled to speak for whom.
CREDENTIALS_KEPT_FOR = timedelta(days=365)
# Name, address and function on an application, likewise, and longer where an answer beside them is kept longer: for a
# year certificates are asked for, and reports say who was there.
FACTS_KEPT_FOR = timedelta(days=365)


# The purge


def purge(*, now: datetime | None = None) -> dict[str, int]:
    """Forgets all whose time is over, in portions, and says how much of each. Safe to repeat, and to break off."""
    now = now or timezone.now()
    return {
        "answers": purge_answers(now=now),
        "applications": purge_facts(now=now),
        "credentials": purge_credentials(now=now),
        "tickets": purge_tickets(now=now),
        "lists": purge_lists(now=now),
        "printouts": discard_old_printouts(),
        "files": discard_loose_files(now=now),
    }


def purge_answers(*, now: datetime) -> int:
    """Forgets answers that were kept as long as their field said after the conference closed, with their files.

    Who looked at them goes with them. Returns how many.
    """
    forgotten = 0
    closed = Field.objects.select_related("category__conference").filter(category__conference__closes_at__lt=now)
    for field in closed.iterator():
        if field.category.conference.closes_at + timedelta(days=field.kept_for_days) <= now:
            forgotten += _forget_all(Answer.objects.filter(field=field))
    return forgotten


def _forget_all(answers: QuerySet[Answer]) -> int:
    forgotten = 0
    while portion := list(answers.order_by("pk")[:AT_ONCE]):
        with transaction.atomic():
            forget_answers(portion)
        forgotten += len(portion)
    return forgotten


def purge_facts(*, now: datetime) -> int:
    """Takes names, addresses and functions out of applications to conferences that closed long ago.

    That each of them was there, and how it was decided, stays. Returns of how many.
    """
    conferences = Conference.objects.filter(_closed_before(now - FACTS_KEPT_FOR))
    over = [conference.pk for conference in conferences if facts_kept_until(conference) <= now]
    forgotten = 0
    while over and (count := _forget_some_facts(over)):
        forgotten += count
    return forgotten


def facts_kept_until(conference: Conference) -> datetime:
    """Until when applications to it say whose they are."""
    longest = Field.objects.filter(category__conference=conference).aggregate(days=Max("kept_for_days"))["days"] or 0
    return conference.closes_at + max(FACTS_KEPT_FOR, timedelta(days=longest))


def credentials_kept_until(conference: Conference) -> datetime:
    return conference.closes_at + CREDENTIALS_KEPT_FOR


def _closed_before(moment: datetime, *, within: str = "") -> Q:
    """Conferences that closed by then, `within` being the path to them; a demonstration's day is moved to now again."""
    return Q(**{f"{within}closes_at__lte": moment, f"{within}shifted_by": None})


@action
def _forget_some_facts(conference_ids: Collection[int]) -> int:
    left = Application.objects.filter(conference__in=conference_ids, forgotten_at=None).order_by("pk")
    locked = left.select_related("conference").select_for_update(of=("self",), no_key=True)
    portion = list(locked[:AT_ONCE])
    forget_facts(portion, called=FORGOTTEN_IN_TIME)
    return len(portion)


def purge_credentials(*, now: datetime) -> int:
    """Forgets notes verbales of conferences that closed long ago, with their files. Returns how many."""
    old = list(Credential.objects.filter(_closed_before(now - CREDENTIALS_KEPT_FOR, within="delegation__conference__")))
    for credential in old:
        with transaction.atomic():
            credential.delete()
            discard_upload(credential.upload_id)
    return len(old)


def purge_tickets(*, now: datetime) -> int:
    """Forgets calls for help of conferences that closed long ago. Nobody follows them any more, so nobody is told."""
    old = Ticket.objects.filter(conference__closes_at__lt=now - TICKETS_KEPT_FOR)
    count = old.count()
    old.delete()
    return count


def purge_lists(*, now: datetime) -> int:
    """Forgets lists that were imported for conferences that closed long ago, with their files."""
    old = list(Import.objects.filter(conference__closes_at__lt=now - LISTS_KEPT_FOR))
    for imported in old:
        with transaction.atomic():
            imported.delete()
            discard_upload(imported.upload_id)
    return len(old)


def discard_loose_files(*, now: datetime) -> int:
    """Discards files of forms that were never sent, and tables and copies of data that were not fetched in time."""
    loose = Upload.objects.filter(purpose__in=(PAPERS, CREDENTIALS), made_at__lt=now - LOOSE_KEPT_FOR)
    old_copies = Upload.objects.filter(
        Q(purpose=MY_DATA, made_at__lt=now - MY_DATA_KEPT_FOR) | Q(purpose=TABLES, made_at__lt=now - TABLES_KEPT_FOR)
    )
    numbers = [*without_a_use(loose).values_list("pk", flat=True), *old_copies.values_list("pk", flat=True)]
    discarded = 0
    for upload_id in numbers:
        with transaction.atomic():
            # Under its lock, and asked again: a form with this file may be handed in at this moment.
            held = Upload.objects.select_for_update().filter(pk=upload_id)
            if held.first() is not None and without_a_use(held).exists():
                discard_upload(upload_id)
                discarded += 1
    return discarded


def release_late() -> int:
    """Gives back places that are held for addresses nobody confirmed in time, in every conference that has some."""
    late = Application.objects.filter(
        confirmed_at=None, status__in=ACTIVE, submitted_at__lt=timezone.now() - CONFIRMED_WITHIN
    )
    conferences = late.order_by("conference_id").values_list("conference_id", flat=True).distinct()
    return sum(release_unconfirmed(conference_id) for conference_id in list(conferences))


# Who looked


def looks_at(person: User) -> QuerySet[Look]:
    """Who looked at this person's papers, the newest first."""
    looks = Look.objects.filter(answer__application__user=person).order_by("-pk")
    return looks.select_related("by", "answer__field", "answer__application__conference")


def looks_in(conference: Conference) -> QuerySet[Look]:
    """Who looked at whose papers in a conference, the newest first; for its secretariat."""
    looks = Look.objects.filter(answer__application__conference=conference).order_by("-pk")
    return looks.select_related("by", "answer__field", "answer__application")
