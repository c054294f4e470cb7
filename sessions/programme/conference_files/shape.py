"""The shape of a conference file.

A key that begins with `_` is a remark; `illustrative_x` is x, where it is not a published fact.
"""

from typing import Annotated, Any, Literal

import msgspec

from conferences.models import Mode
from sessions.programme.models import Access, Format

Text = str | dict[str, str]
Key = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


class Part(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A misspelt key is an error, not something silently left out."""


class Venue(Part):
    name: str = ""
    city: str = ""
    country: str = ""


class DelegationInFile(Part):
    """A country by its ISO code, or an organisation by its name alone."""

    country: str = ""
    name: Text | None = None


class RoomInFile(Part):
    key: Key
    name: Text


class SpeakerInFile(Part):
    name: str
    title: str = ""
    country: str = ""


class SessionInFile(Part):
    kind: Format
    title: Text
    key: Key | None = None
    about: Text = ""
    room: str | None = None
    access: Access | None = None
    # ISO 8601; without an offset in the conference's zone.
    start: str | None = None
    minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] | None = None
    # Sessions of one group run at once, each in a room of its own.
    concurrent_group: str | None = None
    speakers: list[str | SpeakerInFile] = []
    # Facts for the review's own pages.
    statement_themes: list[Text] = []
    statement_mode: Literal["recorded", "live", "mixed"] | None = None
    invited: int | None = None
    attended: int | None = None
    delivered: int | None = None


class ConferenceInFile(Part):
    slug: Key
    acronym: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    name: Text
    time_zone: str
    # A moment or a day (ISO 8601).
    opens: str
    closes: str
    theme: Text = ""
    about: Text = ""
    organiser: Text = ""
    mode: Mode = Mode.HYBRID
    venue: Venue = msgspec.field(default_factory=Venue)
    languages: list[str] = []
    host_delegation: str | None = None
    delegations: list[str | DelegationInFile] = []
    rooms: list[RoomInFile] = []
    sessions: list[SessionInFile] = []
    accent: Annotated[str, msgspec.Meta(pattern=r"^#[0-9a-f]{6}$")] | None = None
    # Published facts that no page shows yet: kept in the file, not read.
    side_programme: Any = None
    online_registrations: int | None = None
    participants_by_sector: list[str] = []
    co_organisers: list[str] = []
    delegation_groups: dict[str, list[str]] = {}
    topics: list[Text] = []
    outcome: Any = None
