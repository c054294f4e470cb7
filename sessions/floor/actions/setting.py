"""The rules of a floor, and the address of its big screen."""

from conferences.rules import Person
from outbox.changes import action, change_rights, record
from sessions.floor.actions.steps import on_floor
from sessions.floor.live import points_shown, turns_shown
from sessions.floor.models import Floor, Speakers, new_screen_key
from sessions.floor.rules import may_chair
from sessions.programme.rules import may_organise_session


@action
def set_rules(session_id: int, *, speakers: Speakers, by: Person, **seconds: int) -> Floor:
    """Changes who may ask and how long things take; what is on the list already keeps its time.

    `seconds` are fields of Floor. By an organiser. Raises NotThere, SignInFirst, NotAllowed, Invalid.
    """
    now = on_floor(session_id, by, may_organise_session)
    wanted: dict[str, object] = {"speakers": speakers, **seconds}
    if all(getattr(now.floor, name) == value for name, value in wanted.items()):
        return now.floor
    now.moved("floor.rules_changed")
    for name, value in wanted.items():
        setattr(now.floor, name, value)
    now.floor.save()
    now.note("floor.rules_changed")
    return now.floor


@action
def renew_screen_key(session_id: int, *, by: Person) -> Floor:
    """Gives the big screen a new address; pages under the old one are closed.

    Raises NotThere, SignInFirst, NotAllowed.
    """
    floor = on_floor(session_id, by, may_chair).floor
    record("floor.screen_renewed", floor)
    # All that the screen shows moves to another topic with its name.
    for turn in turns_shown(floor.pk):
        turn.floor = floor
        record("turn.changed", turn)
    for point in points_shown(floor.pk):
        point.floor = floor
        record("point.recognised", point)
    floor.screen_key = new_screen_key()
    floor.save()
    change_rights(f"screen.{session_id}")
    return floor
