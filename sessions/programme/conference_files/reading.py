"""From a file's text to a plan: everything resolved and checked, or one complaint that names line and field."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from conferences.models import Mode
from conferences.protocol_names import is_country, protocol_name
from sessions.programme.conference_files.lines import Path as ValuePath
from sessions.programme.conference_files.lines import lines_of
from sessions.programme.conference_files.shape import (
    ConferenceInFile,
    DelegationInFile,
    SessionInFile,
    SpeakerInFile,
    Text,
)
from sessions.programme.models import Access, Format

SHIPPED = Path(__file__).parent
ILLUSTRATIVE = "illustrative_"

# Where a file gives days only, the doors are taken to be open in these hours, and sessions to follow each other.
DAY_OPENS, DAY_CLOSES = time(9), time(17)
SESSION_MINUTES = 60
LARGEST = 5_000_000  # bytes
CHOICES: dict[str | int, list[str]] = {"kind": Format.values, "access": Access.values, "mode": Mode.values}

Texts = dict[str, str]


class BadFileError(Exception):
    """Why a conference file is refused, in one line for whoever wrote it."""


@dataclass(frozen=True)
class DelegationPlan:
    country: str
    name: Texts
    is_host: bool


@dataclass(frozen=True)
class RoomPlan:
    key: str
    name: Texts


@dataclass(frozen=True)
class SpeakerPlan:
    name: str
    title: str
    country: str


@dataclass(frozen=True)
class SessionPlan:
    key: str
    format: str
    title: Texts
    about: Texts
    room_key: str
    access: str
    starts_at: datetime
    ends_at: datetime
    speakers: tuple[SpeakerPlan, ...]


@dataclass(frozen=True)
class ConferencePlan:
    """A conference as a file says, with aware times; `notes` tell what the file left open and how it was filled."""

    slug: str
    facts: dict[str, Any]
    opens_at: datetime
    closes_at: datetime
    delegations: tuple[DelegationPlan, ...]
    rooms: tuple[RoomPlan, ...]
    sessions: tuple[SessionPlan, ...]
    notes: tuple[str, ...] = ()


def plan_at(file_or_name: str) -> ConferencePlan:
    """The plan of a file, or of a conference that comes with the project (`icdd-2021`). Raises BadFileError."""
    path = Path(file_or_name)
    shipped = SHIPPED / f"{file_or_name}.json"
    if not path.is_file() and path.name == file_or_name and shipped.is_file():
        path = shipped
    try:
        if path.stat().st_size > LARGEST:
            raise BadFileError(f"{path} is larger than {LARGEST:,} bytes: that is no conference file.")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFileError(f"{path} is not text in UTF-8 (byte {error.start}).") from error
    except OSError as error:
        known = ", ".join(sorted(file.stem for file in SHIPPED.glob("*.json")))
        raise BadFileError(f"{path} cannot be read ({error.strerror}). Known by name: {known}.") from error
    return plan_of(text, source=path.name)


def plan_of(text: str, *, source: str = "the file") -> ConferencePlan:
    """Raises BadFileError."""
    return _Reader(text, source).plan()


@dataclass
class _Reader:
    text: str
    source: str
    notes: list[str] = field(default_factory=list)

    def plan(self) -> ConferencePlan:
        file = self._shaped()
        zone = self._zone(file)
        opens_at = self._moment(file.opens, zone, DAY_OPENS, ("opens",))
        closes_at = self._moment(file.closes, zone, DAY_CLOSES, ("closes",))
        if closes_at <= opens_at:
            self._refuse("it closes before it opens", ("closes",))
        delegations = self._delegations(file)
        rooms, rooms_of_sessions = self._rooms(file)
        sessions = self._sessions(file, zone, opens_at, rooms_of_sessions)
        facts = {
            "acronym": file.acronym,
            "name": self._texts(file.name, ("name",), needed=True),
            "theme": self._texts(file.theme, ("theme",)),
            "about": self._texts(file.about, ("about",)),
            "organiser": self._texts(file.organiser, ("organiser",)),
            "mode": file.mode.value,
            "venue": file.venue.name,
            "city": file.venue.city,
            "country": self._country(file.venue.country, ("venue", "country")),
            "time_zone": file.time_zone,
            "languages": file.languages,
            **({"accent": file.accent} if file.accent else {}),
        }
        return ConferencePlan(
            slug=file.slug,
            facts=facts,
            opens_at=opens_at,
            closes_at=closes_at,
            delegations=delegations,
            rooms=rooms,
            sessions=sessions,
            notes=tuple(self.notes),
        )

    # The file as a whole

    def _shaped(self) -> ConferenceInFile:
        try:
            data = json.loads(self.text, object_pairs_hook=self._once)
        except json.JSONDecodeError as error:
            raise BadFileError(f"{self.source}, line {error.lineno}, column {error.colno}: {error.msg}.") from error
        except RecursionError as error:
            raise BadFileError(f"{self.source} is nested too deeply.") from error
        if not isinstance(data, dict):
            raise BadFileError(f"{self.source} must be one JSON object: {{…}}.")
        try:
            return msgspec.convert(data, ConferenceInFile)
        except msgspec.ValidationError as error:
            reason, _, where = str(error).partition(" - at `$")
            path = _path_in(where.removeprefix(".").rstrip("`"))
            known = CHOICES.get(path[-1]) if path else None
            reason = reason[:1].lower() + reason[1:]
            self._refuse(f"{reason} (there are: {', '.join(known)})" if known else reason, path)

    def _once(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """Remarks left out, `illustrative_x` taken as x; a key given twice is refused rather than half forgotten."""
        kept = [(key.removeprefix(ILLUSTRATIVE), value) for key, value in pairs if not key.startswith("_")]
        for key, count in Counter(key for key, _ in kept).items():
            if count > 1:
                raise BadFileError(f"{self.source}: the field “{key}” is given twice in one place.")
        return dict(kept)

    def _zone(self, file: ConferenceInFile) -> ZoneInfo:
        if file.time_zone not in available_timezones():
            self._refuse(f"“{file.time_zone}” is not a time zone like Asia/Makassar", ("time_zone",))
        return ZoneInfo(file.time_zone)

    # Delegations

    def _delegations(self, file: ConferenceInFile) -> tuple[DelegationPlan, ...]:
        plans: list[DelegationPlan] = []
        for index, entry in enumerate(file.delegations):
            path: ValuePath = ("delegations", index)
            given = DelegationInFile(country=entry) if isinstance(entry, str) else entry
            country = self._country(given.country, path)
            if not country and not given.name:
                self._refuse("a delegation needs a country or a name", path)
            name = self._texts(given.name, path) if given.name else protocol_name(country)
            plans.append(DelegationPlan(country, name, bool(country) and country == file.host_delegation))
        self._once_each((plan.country or plan.name.get("en", "") for plan in plans), ("delegations",))
        if file.host_delegation and not any(plan.is_host for plan in plans):
            self._refuse(f"the host {file.host_delegation} is not among the delegations", ("host_delegation",))
        return tuple(plans)

    def _country(self, code: str, path: ValuePath) -> str:
        if code and not is_country(code):
            self._refuse(f"“{code}” is not an ISO 3166-1 code like ID", path)
        return code

    # Rooms and sessions

    def _rooms(self, file: ConferenceInFile) -> tuple[tuple[RoomPlan, ...], list[str]]:
        """The rooms, and for each session the key of its room; where the file has no rooms they are made up."""
        if file.rooms:
            rooms = [
                RoomPlan(room.key, self._texts(room.name, ("rooms", index, "name"), needed=True))
                for index, room in enumerate(file.rooms)
            ]
            self._once_each((room.key for room in rooms), ("rooms",))
            known = {room.key for room in rooms}
            for index, session in enumerate(file.sessions):
                if session.room is None:
                    self._refuse("say in which of the rooms it is", ("sessions", index))
                if session.room not in known:
                    self._refuse(f"there is no room with the key “{session.room}”", ("sessions", index, "room"))
            return tuple(rooms), [str(session.room) for session in file.sessions]
        rooms, used = [], []
        beside: Counter[str] = Counter()
        for index, session in enumerate(file.sessions):
            if session.room is not None:
                self._refuse("the file has no rooms", ("sessions", index, "room"))
            if session.concurrent_group is None:
                room = RoomPlan("plenary", {"en": "Plenary Hall", "id": "Ruang Pleno", "ar": "قاعة الجلسات العامة"})
            else:
                beside[session.concurrent_group] += 1
                number = beside[session.concurrent_group]
                room = RoomPlan(
                    f"room-{number}", {"en": f"Room {number}", "id": f"Ruang {number}", "ar": f"القاعة {number}"}
                )
            rooms.append(room)
            used.append(room.key)
        if rooms:
            self.notes.append("The file names no rooms: concurrent sessions got one each, all others the plenary hall.")
        # The plenary hall first, the others as they come.
        return tuple(sorted(_by_key(rooms), key=lambda room: room.key != "plenary")), used

    def _sessions(
        self, file: ConferenceInFile, zone: ZoneInfo, opens_at: datetime, room_keys: list[str]
    ) -> tuple[SessionPlan, ...]:
        of_kind: Counter[str] = Counter()
        keys, plans = [], []
        follows_at, guessed = opens_at, False
        for index, (session, room_key) in enumerate(zip(file.sessions, room_keys, strict=True)):
            path: ValuePath = ("sessions", index)
            of_kind[session.kind.value] += 1
            key = session.key or f"{session.kind.value.replace('_', '-')}-{of_kind[session.kind.value]}"
            keys.append(key)
            if session.start is None:
                starts_at, guessed = follows_at, True
            else:
                starts_at = self._moment(session.start, zone, None, (*path, "start"))
            ends_at = starts_at + timedelta(minutes=session.minutes or SESSION_MINUTES)
            follows_at = max(follows_at, ends_at)
            plans.append(
                SessionPlan(
                    key=key,
                    format=session.kind.value,
                    title=self._texts(session.title, (*path, "title"), needed=True),
                    about=self._texts(session.about, (*path, "about")),
                    room_key=room_key,
                    access=(session.access or Access.REGISTERED).value,
                    starts_at=starts_at,
                    ends_at=ends_at,
                    speakers=self._speakers(file, session, path),
                )
            )
        self._once_each(keys, ("sessions",))
        self._check_rooms_are_free(plans)
        if guessed:
            self.notes.append("The file gives no times for some sessions: they follow each other in its order.")
        return tuple(plans)

    def _speakers(self, file: ConferenceInFile, session: SessionInFile, path: ValuePath) -> tuple[SpeakerPlan, ...]:
        there = {entry if isinstance(entry, str) else entry.country for entry in file.delegations}
        plans = []
        for index, entry in enumerate(session.speakers):
            speaker = SpeakerInFile(name=entry) if isinstance(entry, str) else entry
            where = (*path, "speakers", index)
            if not speaker.name.strip():
                self._refuse("a speaker needs a name", where)
            if speaker.country and speaker.country not in there:
                self._refuse(f"“{speaker.country}” is not among the delegations", where)
            plans.append(SpeakerPlan(speaker.name.strip(), speaker.title, speaker.country))
        return tuple(plans)

    def _check_rooms_are_free(self, plans: list[SessionPlan]) -> None:
        for index, later in enumerate(plans):
            for earlier in plans[:index]:
                if (
                    later.room_key == earlier.room_key
                    and later.starts_at < earlier.ends_at
                    and earlier.starts_at < later.ends_at
                ):
                    self._refuse(
                        f"it is in room {later.room_key} at the same time as “{earlier.key}”", ("sessions", index)
                    )

    # Single values

    def _texts(self, given: Text, path: ValuePath, *, needed: bool = False) -> Texts:
        texts = {"en": given} if isinstance(given, str) else given
        texts = {language: words.strip() for language, words in texts.items() if words.strip()}
        if needed and not texts:
            self._refuse("this must not be empty", path)
        return texts

    def _moment(self, given: str, zone: ZoneInfo, of_day: time | None, path: ValuePath) -> datetime:
        """A moment, or where `of_day` says at what time, a day."""
        try:
            if of_day is not None and len(given) == 10:
                return datetime.combine(date.fromisoformat(given), of_day, tzinfo=zone)
            moment = datetime.fromisoformat(given)
        except ValueError:
            self._refuse(f"“{given}” is not a time like 2021-11-16T13:00:00+08:00", path)
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)

    def _once_each(self, values: Iterable[str], path: ValuePath) -> None:
        twice = [value for value, count in Counter(values).items() if count > 1]
        if twice:
            self._refuse(f"“{twice[0]}” is there twice", path)

    def _refuse(self, reason: str, path: ValuePath) -> NoReturn:
        lines = {
            tuple(str(step).removeprefix(ILLUSTRATIVE) if isinstance(step, str) else step for step in place): line
            for place, line in lines_of(self.text).items()
        }
        # What is missing has no line of its own: then it is where it should be.
        line = next(lines[path[:length]] for length in range(len(path), -1, -1) if path[:length] in lines)
        where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
        raise BadFileError(f"{self.source}, line {line}{f', {where}' if where else ''}: {reason}.")


def _by_key(rooms: Iterable[RoomPlan]) -> Iterable[RoomPlan]:
    return {room.key: room for room in rooms}.values()


def _path_in(where: str) -> ValuePath:
    """`sessions[3].title` as steps; `[...]` (msgspec's word for any key of a mapping) ends it."""
    steps: list[str | int] = []
    for name in where.replace("]", "").replace("[", ".").split("."):
        if not name:
            continue
        steps.append(int(name) if name.isdecimal() else name)
    return tuple(steps)
