"""The themes of a review, one at a time: what speaks on one goes with it wherever it stands."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from i18nfield.strings import LazyI18nString

from conferences.checking import check
from conferences.rules import Person
from conferences.texts import in_languages, told_to_all
from outbox.changes import action, record
from outbox.errors import Invalid, NotThere, WrongMove
from sessions.floor.actions.standing import change_turn
from sessions.review.actions.steps import organised_review, settle
from sessions.review.models import Review, Theme
from sessions.review.queries import slots_of

CHANGED = _("The themes were changed.")
MOST_THEMES = 30


@action
def add_theme(session_id: int, *, title: Mapping[str, str], by: Person) -> Theme:
    """Puts a theme behind the others; `title` by language’s code. The same title again is the theme that is there.

    Raises NotThere, SignInFirst, NotAllowed, Invalid (`title`), and WrongMove once the session was live.
    """
    review = _open_review(session_id, by)
    themes = list(review.themes.all())
    for theme in themes:
        if in_languages(theme.title) == dict(title):
            return theme
    if len(themes) >= MOST_THEMES:
        raise Invalid(fields={"title": _("At most %(number)s can be named.") % {"number": MOST_THEMES}})
    record("review.set_up", review)
    theme = Theme(review=review, title=LazyI18nString(dict(title)), position=len(themes))
    check(theme)
    theme.save()
    return theme


@action
def rename_theme(session_id: int, theme_id: int, *, title: Mapping[str, str], by: Person) -> Theme:
    """Raises as `add_theme`."""
    review = _open_review(session_id, by)
    theme = _theme(review, theme_id)
    if in_languages(theme.title) == dict(title):
        return theme
    record("review.set_up", review)
    theme.title = LazyI18nString(dict(title))
    check(theme)
    theme.save()
    for slot in slots_of(review.pk):
        if slot.theme_id == theme.pk:
            change_turn(slot.turn, theme=theme.title, by=by)
    return theme


@action
def move_theme(session_id: int, theme_id: int, *, place: int, by: Person) -> None:
    """Gives a theme another place among them, from 1; whoever speaks by theme follows. Raises as `add_theme`."""
    review = _open_review(session_id, by)
    theme = _theme(review, theme_id)
    before = list(review.themes.all())
    rest = [each for each in before if each.pk != theme.pk]
    at = min(max(place, 1), len(before)) - 1
    after = [*rest[:at], theme, *rest[at:]]
    if [each.pk for each in after] == [each.pk for each in before]:
        return
    record("review.set_up", review)
    _number(after)
    settle(review, words=told_to_all(CHANGED), by=by)


@action
def remove_theme(session_id: int, theme_id: int, *, by: Person) -> None:
    """Takes a theme away; whoever chose it has none. Quietly done where it is gone. Raises as `add_theme`."""
    review = _open_review(session_id, by)
    theme = review.themes.filter(pk=theme_id).first()
    if theme is None:
        return
    record("review.set_up", review)
    orphans = [slot for slot in slots_of(review.pk) if slot.theme_id == theme.pk]
    for slot in orphans:
        record("slot.changed", slot)
        change_turn(slot.turn, theme="", by=by)
    theme.delete()
    _number(list(review.themes.all()))
    settle(review, words=told_to_all(CHANGED), by=by)


def _open_review(session_id: int, by: Person) -> Review:
    review = organised_review(session_id, by)
    if review.frozen_at is not None:
        raise WrongMove(_("The session was live: order and time are fixed."))
    return review


def _theme(review: Review, theme_id: int) -> Theme:
    theme = review.themes.filter(pk=theme_id).first()
    if theme is None:
        raise NotThere
    return theme


def _number(themes: list[Theme]) -> None:
    for position, theme in enumerate(themes):
        theme.position = position
    Theme.objects.bulk_update(themes, ["position"])
