"""An organiser sets a review up: its rules, its themes, and who is invited to speak."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from i18nfield.strings import LazyI18nString

from conferences.checking import check
from conferences.models import Delegation, Rank
from conferences.rules import Person
from conferences.texts import one_line, told_to_all
from outbox.changes import action, record
from outbox.errors import Invalid, WrongMove
from registration.delegations import members_by_rank
from registration.models import Capacity
from sessions.floor.actions.standing import Statement as StatementTurn
from sessions.floor.actions.standing import change_turn, inscribe_statements, move_remarks_over, withdraw_statement
from sessions.floor.models import LONGEST_NAME, Mode, State
from sessions.review.actions.steps import locked_slot, organised_review, require_waiting, settle
from sessions.review.models import Review, Slot, Theme
from sessions.review.queries import slots_of, slots_with_names
from sessions.review.rules import may_chair, may_organise_session, may_prepare

RULES = {
    "order",
    "order_language",
    "host",
    "time",
    "budget_minutes",
    "statement_seconds",
    "observer_seconds",
    "remarks",
    "most_recommendations",
    "due_at",
}


@action
def set_up_review(session_id: int, *, by: Person, **rules: Any) -> Review:
    """Sets the rules; order and time of those who wait follow at once. Rules are fields of Review.

    Raises NotThere, SignInFirst, NotAllowed, WrongMove once the session was live, Invalid, and TooManyError.
    """
    if unknown := rules.keys() - RULES:
        raise ValueError(f"no rules of a review: {sorted(unknown)}")
    review = organised_review(session_id, by)
    if keep_rules(review, rules):
        settle(review, words=told_to_all(_("The rules were changed.")), by=by)
    return review


def keep_rules(review: Review, rules: Mapping[str, Any]) -> bool:
    """Inside the caller’s action, which settles where this is True: then one of them is new. Raises WrongMove once the
    session was live, and Invalid."""
    if all(getattr(review, name) == value for name, value in rules.items()):
        return False
    if review.frozen_at is not None and rules.keys() - {"due_at", "remarks", "most_recommendations"}:
        raise WrongMove(_("The session was live: order and time are fixed."))
    record("review.set_up", review)
    for name, value in rules.items():
        setattr(review, name, value)
    check(review)
    review.save()
    return True


@action
def set_themes(session_id: int, titles: Sequence[Mapping[str, str]], *, by: Person) -> list[Theme]:
    """Sets the themes in order, each by language’s code; one that keeps its place keeps its slots.

    Raises as `set_up_review`.
    """
    review = organised_review(session_id, by)
    if review.frozen_at is not None:
        raise WrongMove(_("The session was live: order and time are fixed."))
    before = list(review.themes.all())
    record("review.set_up", review)
    themes = []
    for position, title in enumerate(titles):
        theme = before[position] if position < len(before) else Theme(review=review)
        theme.title, theme.position = LazyI18nString(dict(title)), position
        check(theme)
        theme.save()
        themes.append(theme)
    for gone in before[len(themes) :]:
        gone.delete()
    for slot in slots_of(review.pk):
        if slot.theme is not None and slot.turn.theme != slot.theme.title:
            change_turn(slot.turn, theme=slot.theme.title, by=by)
    settle(review, words=told_to_all(_("The themes were changed.")), by=by)
    return themes


@action
def invite(
    session_id: int, delegation_ids: Sequence[int], *, themes: Mapping[int, int] | None = None, by: Person
) -> list[Slot]:
    """Gives delegations of the conference a slot each, with their head as the speaker where one is registered.

    Those who have one are left alone. `themes`: a theme's id by the delegation's, where it is known already. Raises
    NotThere, SignInFirst, NotAllowed, Invalid, and TooManyError.
    """
    review = organised_review(session_id, by)
    found = Delegation.objects.filter(pk__in=delegation_ids, conference_id=review.session.conference_id)
    delegations = {delegation.pk: delegation for delegation in found}
    if missing := set(delegation_ids) - delegations.keys():
        raise Invalid(fields={"delegations": _("Choose delegations of this conference.") if missing else ""})
    there = {slot.delegation_id: slot for slot in slots_with_names().filter(review=review)}
    wanted = [delegations[pk] for pk in dict.fromkeys(delegation_ids) if _is_free(there.get(pk))]
    if not wanted:
        return []
    slots = _inscribe(review, wanted, there, dict(themes or {}), by)
    settle(review, words=told_to_all(_("Delegations were invited.")), by=by)
    return slots


def _is_free(slot: Slot | None) -> bool:
    return slot is None or slot.turn.state == State.WITHDRAWN


def _inscribe(
    review: Review, wanted: list[Delegation], there: Mapping[int, Slot], themes: Mapping[int, int], by: Person
) -> list[Slot]:
    titles = {delegation.pk: _title_of(review, themes.get(delegation.pk)) for delegation in wanted}
    heads = {delegation.pk: _head(delegation) for delegation in wanted}
    # Whoever comes back finds what they had handed in.
    written = {pk for pk, slot in there.items() if slot.statements.all()}
    turns = inscribe_statements(
        review.session,
        [
            StatementTurn(
                delegation=each,
                name=heads[each.pk][0],
                function=heads[each.pk][1],
                theme=titles[each.pk],
                mode=Mode.RECORDED,
                can_be_filed=each.pk in written,
            )
            for each in wanted
        ],
        by=by,
    )
    slots = []
    for delegation, turn in zip(wanted, turns, strict=True):
        slot = there.get(delegation.pk)
        if slot is None:
            slot = Slot(review=review, delegation=delegation)
        else:
            move_remarks_over(slot.turn, turn, by=by)
        slot.turn, slot.theme_id = turn, themes.get(delegation.pk)
        slot.honorific, slot.rank = heads[delegation.pk][2:]
        slot.save()
        record("slot.invited", slots_with_names().get(pk=slot.pk), new=True)
        slots.append(slot)
    return slots


def _head(delegation: Delegation) -> tuple[str, str, str, int]:
    """Name, function, form of address and rank of whoever heads the delegation, where somebody is registered so."""
    for application in members_by_rank(delegation)[:1]:
        if application.category.capacity == Capacity.HEAD:
            return application.name, application.function, application.honorific, application.rank
    return "", "", "", Rank.NONE


@action
def withdraw_slot(slot_id: int, *, reason: str = "", by: Person) -> None:
    """The delegation does not present: by itself, or by an organiser. Raises NotThere, SignInFirst, WrongMove once it
    was called."""
    slot = locked_slot(slot_id, by, may_prepare)
    withdraw_statement(slot.turn, words=" ".join(reason.split())[:300], by=by)


# Of a slot, and of the turn that is announced.
OF_SLOT = {"theme_id", "kind", "honorific", "rank"}
OF_TURN = {"name", "function", "mode"}
ANNOUNCED_AS = {"honorific", "name", "function"}


@action
def change_slot(slot_id: int, *, by: Person, **facts: Any) -> Slot:
    """Says who speaks, on which theme and how, until it is called. `kind` and `rank` are the organisers’ to set.

    Raises NotThere, SignInFirst, WrongMove, Invalid (`theme`), and TooManyError.
    """
    if unknown := facts.keys() - OF_SLOT - OF_TURN:
        raise ValueError(f"no facts of a slot: {sorted(unknown)}")
    slot = locked_slot(slot_id, by, may_prepare)
    require_waiting(slot)
    if facts.keys() & {"kind", "rank"} and not may_organise_session(by, slot.review.session):
        raise Invalid(fields={"rank": _("The organisers set this.")})
    for name in facts.keys() & ANNOUNCED_AS:
        facts[name] = one_line(facts[name], name, longest=LONGEST_NAME, is_name=True)
    mine = {name: value for name, value in facts.items() if name in OF_SLOT and getattr(slot, name) != value}
    announced = {name: value for name, value in facts.items() if name in OF_TURN}
    if "theme_id" in mine:
        announced["theme"] = _title_of(slot.review, mine["theme_id"])
    if mine:
        record("slot.changed", slot)
        for name, value in mine.items():
            setattr(slot, name, value)
        _checked(slot)
        slot.save()
    if announced:
        change_turn(slot.turn, by=by, **announced)
    if mine or "mode" in announced:
        settle(slot.review, words=told_to_all(_("A delegation changed what it presents.")), by=by)
    return slot


def _title_of(review: Review, theme_id: int | None) -> LazyI18nString | str:
    if theme_id is None:
        return ""
    theme = review.themes.filter(pk=theme_id).first()
    if theme is None:
        raise Invalid(fields={"theme": _("Choose one of the themes.")})
    return theme.title


def _checked(slot: Slot) -> None:
    try:
        slot.clean_fields(exclude={"turn", "review", "delegation", "theme"})
    except ValidationError as error:
        raise Invalid(fields={name: words[0] for name, words in error.message_dict.items()}) from error


@action
def mark_attended(slot_id: int, *, attended: bool = True, by: Person) -> None:
    """The desk says that a delegation is here, or is not after all. Raises NotThere, SignInFirst."""
    slot = locked_slot(slot_id, by, lambda user, slot: may_chair(user, slot.review.session))
    if (slot.attended_at is not None) == attended:
        return
    record("slot.attended", slot)
    slot.attended_at = timezone.now() if attended else None
    slot.save(update_fields=["attended_at"])
