"""Printing for a whole conference: files of many badges or certificates, made by background jobs and kept for a day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conferences.models import Conference
from conferences.queries import delegations_of
from conferences.rules import Person
from files.actions import discard_upload, store_upload
from files.models import Upload
from files.registry import register_guard
from jobs.actions import start
from jobs.errors import HopelessError
from jobs.models import Job
from jobs.registry import Progress, register_kind
from outbox.errors import Invalid, WrongMove
from registration.badges import issue_badges, note_printed
from registration.designs import design_of
from registration.desk import decided
from registration.job_pages import under_the_desk
from registration.models import (
    Application,
    Attendance,
    Badge,
    Capacity,
    Category,
    CertificateFor,
    PrintKind,
    Printout,
    Status,
)
from registration.paper import Paper, badges_on_paper, certificates_on_paper, names_on_paper
from registration.presence import present
from registration.printing import join, letters_without_a_font
from registration.rules import may_decide

# The purpose under which files for the printer are stored (files.registry).
PURPOSE = "registration.printout"
# Codes that open doors lie in these files.
KEPT_FOR = timedelta(days=1)
# A file of 20,000 badges with photos stays below.
LARGEST = 2 * 1024**3  # bytes
# People set as one piece: few enough that progress moves every few seconds.
CHUNK = 200

T = TypeVar("T")

BADGES = "print_badges"
CERTIFICATES = "print_certificates"


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Whose badges are printed; None is everybody. Who takes part online only passes no door and needs none.

    `only_waiting`: those that somebody at the door or a desk made and whose person waits for the paper.
    """

    category_id: int | None = None
    delegation_id: int | None = None
    only_new: bool = False
    only_waiting: bool = False


def start_badges(conference_id: int, chosen: Chosen, *, paper: str = Paper.A4, by: Person) -> Job:
    """Begins to make one file of the badges of all who are chosen; who has none yet gets one.

    Raises NotThere, NotAllowed for everybody but the secretariat, Invalid where nobody is chosen.
    """
    conference = decided(conference_id, by)
    if paper not in list(Paper):
        raise Invalid(fields={"paper": _("Choose one of these.")})
    asked_at = timezone.now()
    if not people_to_print(conference, chosen, asked_at=asked_at).exists():
        raise Invalid(_("Nobody fits: there is nothing to print."))
    arguments = {
        "conference": conference.pk,
        "category": chosen.category_id,
        "delegation": chosen.delegation_id,
        "only_new": chosen.only_new,
        "only_waiting": chosen.only_waiting,
        "paper": str(paper),
        "asked_at": asked_at.isoformat(),
        "by": by.pk,
    }
    return start(BADGES, arguments, by=_user(by))


def start_certificates(conference_id: int, *, by: Person) -> Job:
    """Begins to make one file of the certificates of all who get one (`people_to_certify`).

    Raises NotThere, NotAllowed for everybody but the secretariat, WrongMove before the conference closed, and Invalid
    where that is nobody.
    """
    conference = decided(conference_id, by)
    if not is_over(conference):
        raise WrongMove(_("Certificates are given when the conference is over."))
    if not people_to_certify(conference):
        raise Invalid(_("Nobody fits: there is nothing to print."))
    return start(CERTIFICATES, {"conference": conference.pk, "by": by.pk}, by=_user(by))


def is_over(conference: Conference) -> bool:
    """Whether certificates of attendance can be given."""
    return conference.closes_at <= timezone.now()


def people_to_certify(conference: Conference) -> list[Application]:
    """Those who get a certificate of attendance, as the conference's design says: who was there, or all approved."""
    people = list(_approved(conference))
    return people if design_of(conference).certificate_for == CertificateFor.APPROVED else present(conference, people)


def is_certified(application: Application) -> bool:
    """Whether this person gets one, once the conference is over."""
    if not application.holds_a_place:
        return False
    conference = application.conference
    is_for_all = design_of(conference).certificate_for == CertificateFor.APPROVED
    return is_for_all or bool(present(conference, [application]))


def people_to_print(conference: Conference, chosen: Chosen, *, asked_at: datetime) -> QuerySet[Application]:
    """Those who are approved and chosen, by delegation in protocol order, category and name: how piles are handed out.

    `only_new`: without those whose badge was put on paper before `asked_at`. A job that is repeated so prints the same.
    """
    people = _approved(conference).filter(attendance=Attendance.IN_ROOM)
    if chosen.category_id is not None:
        people = people.filter(category_id=chosen.category_id)
    if chosen.delegation_id is not None:
        people = people.filter(delegation_id=chosen.delegation_id)
    if chosen.only_new:
        printed = Badge.objects.filter(application=OuterRef("pk"), revoked_at=None, printed_at__lt=asked_at)
        people = people.filter(~Exists(printed))
    if chosen.only_waiting:
        people = people.filter(pk__in=_made_at_a_desk(printed_before=asked_at).values("application"))
    return people


def badges_that_wait(conference: Conference) -> QuerySet[Badge]:
    """The queue at the printer, the longest waiting first: badges that were made anew, or for somebody who walked in.

    What people made for themselves, to show on their phones, is for nobody to hand out.
    """
    people = _approved(conference).filter(attendance=Attendance.IN_ROOM).order_by()
    waiting = _made_at_a_desk().filter(printed_at=None, application__in=people.values("pk"))
    return waiting.select_related("application__category", "application__delegation", "issued_by").order_by("issued_at")


def _made_at_a_desk(*, printed_before: datetime | None = None) -> QuerySet[Badge]:
    """Badges that open doors and that somebody made for another; without those put on paper before a moment."""
    badges = Badge.objects.filter(
        Q(issued_by=None) | Q(application__user=None) | ~Q(issued_by=F("application__user")), revoked_at=None
    )
    if printed_before is not None:
        badges = badges.filter(Q(printed_at=None) | Q(printed_at__gte=printed_before))
    return badges


def somebody(conference: Conference) -> Application:
    """Whose papers are shown as a sample: the first in the piles, or somebody invented where nobody is approved yet."""
    first = _approved(conference).first()
    if first is not None:
        first.conference = conference
        return first
    category = conference.categories.order_by("position", "pk").first() or Category(
        conference=conference, capacity=Capacity.DELEGATE, name=Capacity.DELEGATE.label
    )
    return Application(
        conference=conference,
        category=category,
        delegation=delegations_of(conference).first() if category.is_of_a_delegation else None,
        name="Ana Maria Waqanivalu",
        function=str(_("Senior Adviser")),
    )


def people_without_letters(conference: Conference) -> list[tuple[Application, str]]:
    """Those whose badge would show empty boxes in place of letters, with the letters that no font here has."""
    found = [
        (application, letters_without_a_font(names_on_paper([application]))) for application in _approved(conference)
    ]
    return [(application, letters) for application, letters in found if letters]


def printouts_of(conference: Conference) -> QuerySet[Printout]:
    """The files that are there still, the latest first."""
    return (
        Printout.objects.select_related("upload", "made_by")
        .filter(conference=conference, made_at__gt=timezone.now() - KEPT_FOR)
        .order_by("-pk")
    )


def discard_old_printouts() -> int:
    """Forgets files that are older than a day, everywhere. Returns how many."""
    old = list(Printout.objects.filter(made_at__lte=timezone.now() - KEPT_FOR))
    for printout in old:
        with transaction.atomic():
            printout.delete()
            discard_upload(printout.upload_id)
    return len(old)


def may_read_printout(user: Person, upload: Upload) -> bool:
    """The guard of these files: the secretariat, as long as they are kept."""
    printout = Printout.objects.select_related("conference").filter(upload_id=upload.pk).first()
    if printout is None or printout.made_at <= timezone.now() - KEPT_FOR:
        return False
    return may_decide(user, printout.conference)


# The jobs. Both may be repeated from their beginning: a badge is issued once, and a file that nobody was told of goes.


def print_badges(arguments: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Makes one file of the chosen badges. Raises HopelessError."""
    conference, by = _those_of(arguments)
    chosen = Chosen(
        category_id=arguments["category"],
        delegation_id=arguments["delegation"],
        only_new=arguments["only_new"],
        only_waiting=arguments.get("only_waiting", False),
    )
    people = people_to_print(conference, chosen, asked_at=datetime.fromisoformat(arguments["asked_at"]))
    printed: list[Badge] = []

    def parts() -> Iterator[bytes]:
        for some in _chunks([person.pk for person in people], progress):
            badges = issue_badges(some, by=by)
            if badges:
                printed.extend(badges)
                yield badges_on_paper(conference, badges, paper=Paper(arguments["paper"]))

    whole = join(parts())
    if not printed:
        raise HopelessError(_("Nobody fits: there is nothing to print."))
    printout = _kept(conference, PrintKind.BADGES, whole, len(printed), by)
    now = timezone.now()
    for first in range(0, len(printed), CHUNK):
        note_printed(printed[first : first + CHUNK], at=now)
    return {"printout": printout.pk}


def print_certificates(arguments: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Makes one file of the certificates of all who get one. Raises HopelessError."""
    conference, by = _those_of(arguments)
    people = people_to_certify(conference)
    if not people:
        raise HopelessError(_("Nobody fits: there is nothing to print."))
    whole = join(certificates_on_paper(conference, some) for some in _chunks(people, progress))
    return {"printout": _kept(conference, PrintKind.CERTIFICATES, whole, len(people), by).pk}


def register() -> None:
    register_guard(PURPOSE, may_read_printout)
    back = under_the_desk("print", _("Print"))
    register_kind(
        BADGES,
        print_badges,
        title=_("Printing badges"),
        leads_to=_file_of,
        offers=_("Download the badges (PDF)"),
        frame=back,
    )
    register_kind(
        CERTIFICATES,
        print_certificates,
        title=_("Printing certificates"),
        leads_to=_file_of,
        offers=_("Download the certificates (PDF)"),
        frame=back,
    )


def _file_of(job: Job) -> str:
    """The file as long as it is kept, then the page where others stand."""
    printout = Printout.objects.filter(pk=job.result.get("printout") or 0).first()
    if printout is not None:
        return reverse("files:download", args=[printout.upload_id])
    conference = Conference.objects.filter(pk=job.arguments["conference"]).first()
    return reverse("registration:print", args=[conference.slug]) + "#files" if conference else ""


def _approved(conference: Conference) -> QuerySet[Application]:
    return (
        conference.applications.select_related("category", "delegation")
        .filter(status=Status.APPROVED)
        .order_by(F("delegation__position").asc(nulls_last=True), "category__position", "name", "pk")
    )


def _user(by: Person) -> User | None:
    return by if isinstance(by, User) else None


def _those_of(arguments: Mapping[str, Any]) -> tuple[Conference, User]:
    """The conference and who asked, if that person still may. Raises HopelessError."""
    conference = Conference.objects.filter(pk=arguments["conference"]).first()
    by = User.objects.filter(pk=arguments["by"]).first()
    if conference is None or by is None or not may_decide(by, conference):
        raise HopelessError(_("There is no such thing here, or it is not open to you."))
    return conference, by


def _chunks(things: Sequence[T], progress: Progress) -> Iterator[Sequence[T]]:
    for first in range(0, len(things), CHUNK):
        progress(first, len(things))
        yield things[first : first + CHUNK]
    progress(len(things), len(things))


def _kept(conference: Conference, kind: PrintKind, whole: bytes, people_count: int, by: User) -> Printout:
    discard_old_printouts()
    file = ContentFile(whole, name=f"{conference.slug}-{kind.value}.pdf")
    upload = store_upload(file, purpose=PURPOSE, accepts=["application/pdf"], largest=LARGEST, by=by)
    return Printout.objects.create(
        conference=conference, kind=kind, upload=upload, people_count=people_count, made_by=by
    )
