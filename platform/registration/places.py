"""Counting places: which quotas an application draws on, in which order their rows are locked, and who waits for one.

Every taking and giving back goes through here, whoever asks: the form, a focal point, an import, the secretariat.

One order of locks: the conference's own quotas first (online before in the room), then any others. Whoever holds the
first may take the rest as they come, so two that want the same rows in both orders wait for each other at the first
and never within. The database's constraint is the last line behind it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from django.db.models import F, Q, QuerySet

from registration.models import Application, Attendance, Quota, Status

# As words, "online" comes behind "in_room".
_ORDER = (F("category").asc(nulls_first=True), F("delegation").asc(nulls_first=True), "-attendance", "pk")

# What a quota counts: (attendance, "" or "category" or "delegation", its number or 0).
Key = tuple[str, str, int]


class Places:
    """The quotas of one conference for some attendances, locked until the transaction ends.

    `of` names applications that are about to be counted, whose rows are then locked in the same statement.
    """

    def __init__(self, conference_id: int, *attendances: str, of: tuple[Application, ...] = ()) -> None:
        self._conference_id = conference_id
        self._attendances = attendances
        self._locked: dict[Key, Quota | None] = {}
        wanted = {key for application in of for key in _keys(application)}
        wanted |= {(attendance, "", 0) for attendance in attendances}
        self._lock(wanted)
        # A conference that nobody has given a size has no rows yet; they are the lock all the same.
        for attendance in sorted(attendances, key=lambda attendance: attendance != Attendance.ONLINE):
            if self._locked[attendance, "", 0] is None:
                Quota.objects.get_or_create(
                    conference_id=conference_id, attendance=attendance, category=None, delegation=None
                )
                self._lock({(attendance, "", 0)})

    def full(self, application: Application) -> Quota | None:
        """The quota that has no place for it, if any."""
        return next((quota for quota in self._of(application) if quota.is_full), None)

    def take(self, application: Application) -> bool:
        """Takes a place in each of its quotas, or none where one of them is full."""
        return self.take_for_each([application])[0]

    def take_for_each(self, applications: Sequence[Application]) -> list[bool]:
        """As `take` for each in this order, and who got a place. Each quota is written once."""
        taken: Counter[int] = Counter()
        got = []
        for application in applications:
            quotas = self._of(application)
            got.append(not any(quota.is_full for quota in quotas))
            if got[-1]:
                for quota in quotas:
                    quota.used_count += 1
                    taken[quota.pk] += 1
        for count in set(taken.values()):
            of_so_many = [pk for pk, number in taken.items() if number == count]
            Quota.objects.filter(pk__in=of_so_many).update(used_count=F("used_count") + count)
        return got

    def make_room(self, application: Application) -> list[Quota]:
        """Raises by one the size of each of its quotas that is full, and of no other. Returns these."""
        widened = [quota for quota in self._of(application) if quota.is_full]
        Quota.objects.filter(pk__in=[quota.pk for quota in widened]).update(size=F("size") + 1)
        for quota in widened:
            quota.size = (quota.size or 0) + 1
        return widened

    def give_back(self, application: Application) -> None:
        quotas = self._of(application)
        Quota.objects.filter(pk__in=[quota.pk for quota in quotas]).update(used_count=F("used_count") - 1)
        for quota in quotas:
            quota.used_count -= 1

    def next_in_line(self) -> Iterator[Application]:
        """Those who wait and for whom there is a place, in the order they came.

        Take it for each before asking for the next. Somebody whose delegation is full holds up nobody behind them.
        """
        if self._is_full():
            return
        in_line = waiting_list(self._conference_id).filter(attendance__in=self._attendances)
        waiting = list(in_line.select_for_update(of=("self",), no_key=True))
        self._lock({key for application in waiting for key in _keys(application)} - self._locked.keys())
        for application in waiting:
            if self._is_full():
                return
            if self.full(application) is None:
                yield application

    def _is_full(self) -> bool:
        """Whether the conference has no place left, either way that is asked for here."""
        return all((quota := self._locked[way, "", 0]) is not None and quota.is_full for way in self._attendances)

    def _of(self, application: Application) -> list[Quota]:
        keys = _keys(application)
        self._lock({key for key in keys if key not in self._locked})
        return [quota for key in keys if (quota := self._locked[key]) is not None]

    def _lock(self, keys: set[Key]) -> None:
        if not keys:
            return
        # What is locked beside, where several categories and attendances are asked for at once, is none too many.
        rows = Quota.objects.filter(
            Q(category=None) | Q(category__in=[number for _way, what, number in keys if what == "category"]),
            Q(delegation=None) | Q(delegation__in=[number for _way, what, number in keys if what == "delegation"]),
            attendance__in={attendance for attendance, _what, _number in keys},
            conference_id=self._conference_id,
        )
        # In the order that the rows come they are locked.
        rows = rows.order_by(*_ORDER)
        self._locked |= dict.fromkeys(keys)
        for quota in rows.select_for_update(no_key=True):
            self._locked[_key_of(quota)] = quota


def waiting_list(conference_id: int) -> QuerySet[Application]:
    """Who waits for a place, in the order they came."""
    waiting = Application.objects.filter(conference_id=conference_id, status=Status.WAITING)
    return waiting.select_related("category", "conference", "user", "delegation").order_by("waiting_since", "pk")


def places_in_line(conference_id: int) -> dict[int, int]:
    """Who waits and as which in line, by the application's number. Each attendance has a line of its own."""
    rows = waiting_list(conference_id).select_related(None).values_list("pk", "attendance")
    behind: Counter[str] = Counter()
    places = {}
    for number, attendance in rows:
        behind[attendance] += 1
        places[number] = behind[attendance]
    return places


def place_in_line(application: Application) -> int | None:
    """As which in line it waits; None where it does not wait. A full delegation or category may let others go ahead."""
    if application.status != Status.WAITING or application.waiting_since is None:
        return None
    since = application.waiting_since
    ahead = Q(waiting_since__lt=since) | Q(waiting_since=since, pk__lt=application.pk)
    in_line = Application.objects.filter(
        conference_id=application.conference_id, attendance=application.attendance, status=Status.WAITING
    )
    return in_line.filter(ahead).count() + 1


def _keys(application: Application) -> list[Key]:
    attendance = str(application.attendance)
    keys: list[Key] = [(attendance, "", 0), (attendance, "category", application.category_id)]
    if application.delegation_id is not None:
        keys.append((attendance, "delegation", application.delegation_id))
    return keys


def _key_of(quota: Quota) -> Key:
    if quota.category_id is not None:
        return quota.attendance, "category", quota.category_id
    if quota.delegation_id is not None:
        return quota.attendance, "delegation", quota.delegation_id
    return quota.attendance, "", 0
