"""Who comes in: by the ticket that their page carries, without the database; by their cookie where it does not open."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from accounts.queries import person_of_browser
from outbox.reading import Position
from outbox.rights import known, whom_of
from outbox.tickets import make_ticket, read_ticket
from realtime.frames import Frame, frame
from realtime.hub import RIGHTS_CHANGED, hub
from realtime.threads import in_thread
from realtime.writers import Follower


@dataclass(frozen=True, slots=True)
class Arrived:
    """Whose page this is, in which browser, and what its ticket opened.

    `rights_at` is where rights stood before any of it was looked up; `language` is "" where it is not known.
    """

    user_id: int | None
    browser: str
    language: str
    rights_at: Position
    opened: tuple[str, ...] = ()
    by_ticket: bool = False

    def opens(self, topic: str) -> bool:
        """Whether the ticket still does: a page may follow a topic long after it came in."""
        return topic in self.opened and known.unchanged(self.rights_at, [whom_of(topic)])


async def arrive(follower: Follower, *, ticket: str, browser: str) -> Arrived:
    """Finds out who the follower is and tells the hub. `browser` is the key of the browser's session, "" for none.

    Rights that change from the moment they are looked up close the follower, by whichever way it came.
    """
    found = read_ticket(ticket, browser=browser) if ticket else None
    if found is not None and not found[0].is_over:
        opened, since = found
        follower.user_id = opened.user_id
        hub().arrive(follower)
        return Arrived(opened.user_id, browser, opened.language, since, opened.topics, by_ticket=True)
    rights_at = await hub().rights_at()
    user_id, language = await in_thread(person_of_browser, browser)
    follower.user_id = user_id
    hub().arrive(follower)
    if user_id is not None and not known.unchanged(rights_at, [f"user.{user_id}"]):
        follower.close(RIGHTS_CHANGED, "rights changed")
    if found is not None and found[0].user_id == user_id and known.unchanged(found[1], found[0].whom):
        # It was over, and nothing it says has changed: they are who they were, and so is what was open to them.
        return Arrived(user_id, browser, found[0].language, rights_at, found[0].topics)
    return Arrived(user_id, browser, language, rights_at)


def next_ticket(follower: Follower, arrived: Arrived, language: str) -> Frame:
    """What the page comes back with."""
    topics = _open_to(follower, arrived)
    made = make_ticket(arrived.user_id, topics, arrived.rights_at, language=language, browser=arrived.browser)
    return frame(ticket=made)


async def renewed(follower: Follower, arrived: Arrived) -> Arrived | None:
    """As the page stands now: whose rights had changed since it came would not be here any more.

    None where the browser's session no longer names the same person; the page is closed.
    """
    rights_at = await hub().rights_at()
    user_id, _language = await in_thread(person_of_browser, arrived.browser)
    if user_id != arrived.user_id:
        follower.close(RIGHTS_CHANGED, "rights changed")
        return None
    return replace(arrived, rights_at=rights_at, opened=tuple(_open_to(follower, arrived)))


def _open_to(follower: Follower, arrived: Arrived) -> Iterable[str]:
    """What its ticket opens, and what it was found to be allowed to follow."""
    return dict.fromkeys([*filter(arrived.opens, arrived.opened), *hub().admitted_to(follower)])
