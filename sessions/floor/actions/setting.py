"""The rules of a floor, and the address of its big screen."""

from typing import Any

from conferences.checking import check
from conferences.rules import Person
from outbox.changes import action, change_rights, record
from sessions.floor.actions.steps import on_floor
from sessions.floor.live import points_shown, turns_shown
from sessions.floor.models import BOUNDS, Floor, new_screen_key
from sessions.floor.rules import may_chair
from sessions.floor.signals import rules_changed

RULES = {*BOUNDS, "speakers", "cuts_by_itself"}


@action
def set_rules(session_id: int, *, by: Person, **rules: Any) -> Floor:
    """Changes who may ask, how long things take and who cuts; what was asked for already keeps its time.

    Rules are fields of Floor. By whoever may chair, at the desk or not. Raises NotThere, SignInFirst, NotAllowed,
    Invalid.
    """
    if unknown := rules.keys() - RULES:
        raise ValueError(f"no rules of a floor: {sorted(unknown)}")
    now = on_floor(session_id, by, may_chair, is_real=True)
    changed = {name for name, value in rules.items() if getattr(now.floor, name) != value}
    if not changed:
        return now.floor
    now.moved("floor.rules_changed")
    for name in changed:
        setattr(now.floor, name, rules[name])
    check(now.floor)
    now.floor.save()
    now.note("floor.rules_changed")
    rules_changed.send(sender=Floor, floor=now.floor, changed=changed, by=by)
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
