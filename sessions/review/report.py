"""The report on one delegation of a review: the facts, as JSON has them and as page and paper tell them.

`DelegationReport` is the schema of `report.json`: "sidang.delegation-report", version 1, under the promises of
`sessions.review.record`. What a reader may not read is not in it: a text under embargo has its digest and no words, a
film that was not shown has no address, and remarks that were not read out are for those who prepare the report.
"""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import msgspec
from django.db.models import QuerySet
from django.utils import timezone

from conferences.rules import Person
from conferences.texts import in_languages
from outbox.errors import NotThere
from sessions.floor.live import Named, named, utc
from sessions.floor.models import Kind, Mode, State, Turn
from sessions.floor.queries import turns_of
from sessions.review.models import Clip, ClipState, RemarkState, Slot, Statement
from sessions.review.queries import remarks_with_names, slots_with_names
from sessions.review.record import (
    ConferenceHead,
    RemarkRecord,
    SessionHead,
    TextRecord,
    ThemeRecord,
    conference_head,
    remark_record,
    session_head,
    text_record,
)
from sessions.review.rules import HEARD, may_chair, may_prepare, may_read_page, may_read_statement
from sessions.stage.bundles import address, poster_address

# A film is shown to the hall and to nobody before; what was then filed or said live instead was not shown.
SHOWN = (State.COMPLETED, State.CUT)
SCHEMES = ("http", "https")


class FilmReport(msgspec.Struct, frozen=True, kw_only=True):
    """The film that was shown. `playlist` and `poster` are paths on this site."""

    playlist: str
    poster: str
    milliseconds: int


class StatementReport(msgspec.Struct, frozen=True, kw_only=True):
    """A statement in one language; `words` is "" where it is a file alone, or not to be read yet."""

    id: int
    text: TextRecord
    may_be_read: bool
    words: str
    file_name: str
    file: int | None


class AchievementReport(msgspec.Struct, frozen=True, kw_only=True):
    """`evidence` is an address of the web, or ""."""

    what: str
    figure: str
    evidence: str
    focus_area: str


class CommitmentReport(msgspec.Struct, frozen=True, kw_only=True):
    """`follow_up` is one of models.FollowUp."""

    text: str
    follow_up: str


class TakenFloor(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who had the floor on the statement, or the delegation itself in reply."""

    kind: str
    delegation: Named | None
    name: str
    consumed_ms: int
    started_at: str | None


class DelegationReport(msgspec.Struct, frozen=True, kw_only=True):
    """Times in UTC and ISO 8601, lengths in milliseconds. `state` and `mode` are the turn’s."""

    schema: Literal["sidang.delegation-report"] = "sidang.delegation-report"
    version: Literal[1] = 1
    conference: ConferenceHead
    session: SessionHead
    slot: int
    delegation: Named
    theme: ThemeRecord | None
    kind: str
    honorific: str
    name: str
    function: str
    mode: str
    state: str
    allotted_ms: int
    consumed_ms: int
    started_at: str | None
    ended_at: str | None
    published_at: str | None
    film: FilmReport | None
    statements: list[StatementReport]
    achievements: list[AchievementReport]
    commitments: list[CommitmentReport]
    remarks: list[RemarkRecord]
    floor: list[TakenFloor]

    def as_json(self) -> bytes:
        return msgspec.json.format(msgspec.json.encode(self), indent=2)


@dataclass(frozen=True, slots=True)
class Readable:
    """A slot whose report somebody may read. `prepares` where they see it as those who make it do."""

    slot: Slot
    prepares: bool

    @property
    def is_published(self) -> bool:
        at = self.slot.published_at
        return at is not None and at <= timezone.now()


def readable_report(user: Person, session_id: int, slot_id: int, *, slug: str) -> Readable:
    """The report at its address. Raises NotThere, also where it is not published for this person yet.

    Whoever prepares it need not be let into the session.
    """
    return _readable(user, _slots_in(session_id, slug).filter(pk=slot_id).first())


def report_of_country(user: Person, session_id: int, country: str, *, slug: str) -> Readable:
    """The same by a country’s ISO 3166 code in either case. Raises NotThere."""
    return _readable(user, _slots_in(session_id, slug).filter(delegation__country=country.upper()).first())


def _slots_in(session_id: int, slug: str) -> QuerySet[Slot]:
    return slots_with_names().filter(review_id=session_id, review__session__conference__slug=slug)


def _readable(user: Person, slot: Slot | None) -> Readable:
    if slot is None or not may_read_page(user, slot):
        raise NotThere
    return Readable(slot, prepares=may_prepare(user, slot) or may_chair(user, slot.review.session))


def report_for(user: Person, readable: Readable) -> DelegationReport:
    """As much of the report as this person may read."""
    slot, turn = readable.slot, readable.slot.turn
    session = slot.review.session
    told = (RemarkState.DELIVERED, RemarkState.FILED) if readable.prepares else (RemarkState.DELIVERED,)
    remarks = remarks_with_names().filter(slot=slot, state__in=told).order_by("pk")
    return DelegationReport(
        conference=conference_head(session.conference),
        session=session_head(session),
        slot=slot.pk,
        delegation=named(slot.delegation),
        theme=ThemeRecord(id=slot.theme.pk, title=in_languages(slot.theme.title)) if slot.theme else None,
        kind=slot.kind,
        honorific=slot.honorific,
        name=turn.name,
        function=turn.function,
        mode=turn.mode,
        state=turn.state,
        allotted_ms=turn.allotted_ms,
        consumed_ms=turn.consumed_ms,
        started_at=utc(turn.started_at) if turn.started_at else None,
        ended_at=utc(turn.ended_at) if turn.ended_at else None,
        published_at=utc(slot.published_at) if slot.published_at else None,
        film=_film(slot),
        statements=_statements(user, readable),
        achievements=[
            AchievementReport(
                what=each.what, figure=each.figure, evidence=safe_address(each.evidence), focus_area=each.focus_area
            )
            for each in slot.achievements.order_by("position", "pk")
        ],
        commitments=[
            CommitmentReport(text=each.text, follow_up=each.follow_up)
            for each in slot.commitments.order_by("position", "pk")
        ],
        remarks=[remark_record(remark) for remark in remarks],
        floor=[_taken(each) for each in _on_it(slot)],
    )


def safe_address(written: str) -> str:
    """The address if it leads to the web, else "": whatever else a browser would open is no evidence."""
    return written if urlsplit(written).scheme.lower() in SCHEMES else ""


def film_shown(slot: Slot) -> Clip | None:
    """Its film, once it was shown to the hall."""
    clip: Clip | None = getattr(slot, "clip", None)
    turn = slot.turn
    if clip is None or clip.state != ClipState.READY or turn.mode != Mode.RECORDED or turn.state not in SHOWN:
        return None
    return clip


def _film(slot: Slot) -> FilmReport | None:
    clip = film_shown(slot)
    if clip is None:
        return None
    session = slot.review.session
    return FilmReport(
        playlist=address(session, clip.bundle),
        poster=poster_address(session, clip.bundle),
        milliseconds=clip.milliseconds or 0,
    )


def _statements(user: Person, readable: Readable) -> list[StatementReport]:
    """All that are there, for those who prepare it; once it was delivered or filed, for all."""
    slot = readable.slot
    if not (readable.prepares or slot.turn.state in HEARD):
        return []
    statements = Statement.objects.select_related("upload").filter(slot=slot).order_by("language")
    return [_statement(user, slot, each) for each in statements]


def _statement(user: Person, slot: Slot, statement: Statement) -> StatementReport:
    # The rows that are joined to the slot already.
    statement.slot = slot
    opens = may_read_statement(user, statement)
    upload = statement.upload
    return StatementReport(
        id=statement.pk,
        text=text_record(statement),
        may_be_read=opens,
        words=statement.text if opens else "",
        file_name=upload.offered_name if upload is not None and opens else "",
        file=upload.pk if upload is not None and opens else None,
    )


def _on_it(slot: Slot) -> list[Turn]:
    """Who had the floor on the statement, and the delegation’s own replies, as they were called."""
    heard = turns_of(slot.review_id).filter(state__in=SHOWN).exclude(kind=Kind.STATEMENT)
    mine = heard.filter(about_id=slot.turn_id) | heard.filter(kind=Kind.REPLY, delegation_id=slot.delegation_id)
    return list(mine.order_by("started_at", "pk"))


def _taken(turn: Turn) -> TakenFloor:
    return TakenFloor(
        kind=turn.kind,
        delegation=named(turn.delegation) if turn.delegation else None,
        name=turn.name,
        consumed_ms=turn.consumed_ms,
        started_at=utc(turn.started_at) if turn.started_at else None,
    )
