"""Who comes in: by the ticket that their page carries, without the database; by their cookie where it does not open."""

from dataclasses import dataclass

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
    """What the page comes back with: it names what its ticket opens and what it was found to be allowed to follow."""
    topics = dict.fromkeys([*filter(arrived.opens, arrived.opened), *hub().admitted_to(follower)])
    made = make_ticket(arrived.user_id, topics, arrived.rights_at, language=language, browser=arrived.browser)
    return frame(ticket=made)


async def still_here(follower: Follower, arrived: Arrived) -> bool:
    """Whether the browser's session still names the same person. Where not, the page is closed."""
    user_id, _language = await in_thread(person_of_browser, arrived.browser)
    if user_id == arrived.user_id:
        return True
    follower.close(RIGHTS_CHANGED, "rights changed")
    return False
