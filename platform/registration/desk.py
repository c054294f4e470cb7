"""What the secretariat's desk reads: a conference's numbers and places, and its list of applications."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django_countries import countries
from i18nfield.strings import LazyI18nString

from conferences.models import Conference, Delegation
from conferences.queries import conference_at, delegations_of
from conferences.rules import Person
from outbox.errors import NotAllowed, NotThere, SignInFirst
from registration.models import Answer, Application, Attendance, Category, Field, FieldKind, Quota, Status, Wording
from registration.rules import may_decide

# Percent.
WHOLE = 100


def conference_to_decide(slug: str, user: Person) -> Conference:
    """The conference at this address, for its secretariat's pages. Raises NotThere, SignInFirst, NotAllowed."""
    conference = conference_at(slug)
    if not user.is_authenticated:
        raise SignInFirst
    if not may_decide(user, conference):
        raise NotAllowed(_("These pages are for the secretariat of the conference."))
    return conference


def decided(conference_id: int, by: Person, *, lock: bool = False) -> Conference:
    """The conference, for a verb of its secretariat; with `lock` under its lock. Raises NotThere, NotAllowed."""
    conferences = Conference.objects.select_for_update(no_key=True) if lock else Conference.objects.all()
    conference = conferences.filter(pk=conference_id).first()
    if conference is None:
        raise NotThere
    if not may_decide(by, conference):
        raise NotAllowed
    return conference


# Applications


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the list is narrowed to; "" or None is everything."""

    status: str = ""
    category: int | None = None
    delegation: int | None = None
    attendance: str = ""
    words: str = ""


def applications_of(conference: Conference, wanted: Wanted) -> QuerySet[Application]:
    """The applications to a conference, the latest first, or as they wait.

    `words` are looked for in name, address and organisation.
    """
    found = conference.applications.select_related("category", "delegation").order_by("-pk")
    if wanted.status in Status.values:
        found = found.filter(status=wanted.status)
    if wanted.status == Status.WAITING:
        # Who waits stands in the order of the waiting list, those for the room first.
        found = found.order_by("attendance", "waiting_since", "pk")
    if wanted.attendance in Attendance.values:
        found = found.filter(attendance=wanted.attendance)
    if wanted.category is not None:
        found = found.filter(category_id=wanted.category)
    if wanted.delegation is not None:
        found = found.filter(delegation_id=wanted.delegation)
    # PostgreSQL knows no U+0000, which an address may hold as %00.
    for word in wanted.words.replace("\x00", " ").split():
        found = found.filter(Q(name__icontains=word) | Q(email__icontains=word) | Q(organisation__icontains=word))
    return found


def application_of(conference: Conference, application_id: int) -> Application:
    """One of the conference's applications, with all that its page says. Raises NotThere."""
    found = conference.applications.select_related("category", "delegation", "user", "made_by")
    application = found.filter(pk=application_id).first()
    if application is None:
        raise NotThere
    application.conference = conference
    return application


@dataclass(frozen=True, kw_only=True)
class Said:
    """An answer as a reader sees it: `words` where it is one of words, `agreed` the version of a consent agreed to."""

    answer: Answer
    field: Field
    words: str
    agreed: Wording | None = None
    look_count: int = 0


def said_by(application: Application) -> list[Said]:
    """What it answers, in the order of the form; also to fields that are asked no more."""
    answers = list(
        application.answers.select_related("field", "upload")
        .annotate(look_count=Count("looks"))
        .order_by("field__position", "field__pk")
    )
    consents = [answer.field_id for answer in answers if answer.field.kind == FieldKind.CONSENT]
    wordings = {(w.field_id, w.version): w for w in Wording.objects.filter(field__in=consents)} if consents else {}
    return [
        Said(
            answer=answer,
            field=answer.field,
            words=words_of(answer),
            agreed=wordings.get((answer.field_id, answer.version)),
            look_count=answer.look_count,
        )
        for answer in answers
    ]


def words_of(answer: Answer) -> str:
    """The answer in the reader's words: of a choice what was chosen, of a country its name."""
    if answer.field.kind == FieldKind.CHOICE:
        chosen = next((choice for choice in answer.field.choices if choice["key"] == answer.words), None)
        return str(LazyI18nString(chosen["words"])) if chosen else answer.words
    if answer.field.kind == FieldKind.COUNTRY:
        return str(countries.name(answer.words)) or answer.words
    return answer.words


# Places


class Fullness:
    """The places of a conference as they are taken now, read once for however many applications."""

    def __init__(self, conference: Conference) -> None:
        quotas = Quota.objects.filter(conference=conference).select_related("category", "delegation")
        self._full = {Lot(q.attendance, q.category_id, q.delegation_id): q for q in quotas if q.is_full}

    def of_conference(self) -> list[str]:
        """What the whole conference has no place for, in words."""
        return [_words_of_full(self._full[lot]) for lot in map(Lot, Attendance.values) if lot in self._full]

    def of(self, application: Application) -> list[str]:
        """What keeps it from a place, in words; empty where there is one."""
        way = application.attendance
        lots = [Lot(way), Lot(way, application.category_id)]
        if application.delegation_id is not None:
            lots.append(Lot(way, None, application.delegation_id))
        return [_words_of_full(self._full[lot]) for lot in lots if lot in self._full]


def _words_of_full(quota: Quota) -> str:
    is_online = quota.attendance == Attendance.ONLINE
    told = {"taken": intcomma(quota.used_count), "size": intcomma(quota.size)}
    if quota.category is None and quota.delegation is None:
        if is_online:
            return _("All online places are taken (%(taken)s of %(size)s)") % told
        return _("The room is full (%(taken)s of %(size)s)") % told
    told["name"] = str(quota.category or quota.delegation)
    if is_online:
        return _("%(name)s: all online places are taken (%(taken)s of %(size)s)") % told
    return _("%(name)s: all places in the room are taken (%(taken)s of %(size)s)") % told


# Numbers


@dataclass(frozen=True, slots=True)
class Lot:
    """What a number of places is for: of a category, of a delegation, or with neither of the whole conference."""

    attendance: str
    category_id: int | None = None
    delegation_id: int | None = None

    @property
    def name(self) -> str:
        """What the number is called in a form and in a refusal."""
        if self.category_id is not None:
            return f"category_{self.category_id}_{self.attendance}"
        if self.delegation_id is not None:
            return f"delegation_{self.delegation_id}_{self.attendance}"
        return f"conference_{self.attendance}"


@dataclass(frozen=True, slots=True)
class Filling:
    """How far a lot is taken. `size` None: as many as come."""

    lot: Lot
    taken: int
    size: int | None

    @property
    def attendance(self) -> str:
        return str(Attendance(self.lot.attendance).label)

    @property
    def is_of_conference(self) -> bool:
        return self.lot.category_id is None and self.lot.delegation_id is None

    @property
    def percent(self) -> int:
        """Of the size; an empty lot of no places counts as full."""
        if self.size is None:
            return 0
        return min(WHOLE, round(WHOLE * self.taken / self.size)) if self.size else WHOLE

    @property
    def is_full(self) -> bool:
        return self.size is not None and self.taken >= self.size


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the desk's tables: the conference, a category or a delegation, with its places each way."""

    thing: Conference | Category | Delegation
    fillings: list[Filling]
    counts: Mapping[str, int] = field(default_factory=dict)


class Numbers:
    """How many applications of a conference stand where, and its places, read in two queries however many there are."""

    def __init__(self, conference: Conference) -> None:
        self._conference = conference
        quotas = Quota.objects.filter(conference=conference)
        self._sizes = {Lot(q.attendance, q.category_id, q.delegation_id): q.size for q in quotas}
        # By status, and by lot of those who hold a place there.
        self.by_status: Counter[str] = Counter()
        self._by_category: dict[int, Counter[str]] = defaultdict(Counter)
        self._taken: Counter[Lot] = Counter()
        counted = conference.applications.order_by().values_list("category_id", "delegation_id", "attendance", "status")
        for category_id, delegation_id, attendance, status, count in counted.annotate(Count("pk")):
            self.by_status[status] += count
            self._by_category[category_id][status] += count
            if status == Status.APPROVED:
                self._taken[Lot(attendance)] += count
                self._taken[Lot(attendance, category_id)] += count
                if delegation_id is not None:
                    self._taken[Lot(attendance, None, delegation_id)] += count

    def of_conference(self) -> Row:
        return Row(thing=self._conference, fillings=self._fillings(), counts=self.by_status)

    def of_categories(self) -> list[Row]:
        return [
            Row(thing=category, fillings=self._fillings(category.pk), counts=self._by_category[category.pk])
            for category in self._conference.categories.order_by("position", "pk")
        ]

    def of_delegations(self) -> list[Row]:
        return [
            Row(thing=delegation, fillings=self._fillings(None, delegation.pk))
            for delegation in delegations_of(self._conference)
        ]

    def _fillings(self, category_id: int | None = None, delegation_id: int | None = None) -> list[Filling]:
        lots = [Lot(attendance, category_id, delegation_id) for attendance in Attendance.values]
        return [Filling(lot, self._taken[lot], self._sizes.get(lot)) for lot in lots]
