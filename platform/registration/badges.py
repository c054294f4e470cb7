"""The verbs of badges: each person who is approved has one that opens doors; printing another revokes it.

Locks come in one order: the application, then its badges. A badge announces nothing: the door asks for its list.
"""

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import cast

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conferences.audit import CHANGE, note
from conferences.rules import Person
from outbox.errors import NotAllowed, NotThere, WrongMove
from registration.models import Application, Badge, Status
from registration.reasons import checked_reason
from registration.rules import is_own, may_keep_doors

# Of randomness in a code: 24 letters and digits.
CODE_BYTES = 18
LONGEST_REASON = 200


@transaction.atomic
def issue_badge(application_id: int, *, by: Person) -> Badge:
    """The badge that opens doors for this person: the one there is, or a new one.

    Raises NotThere for everybody but the person, the door and the secretariat; WrongMove where they are not approved.
    """
    application = _locked(application_id, by)
    return standing_badge(application) or _issued(application, by)


@transaction.atomic
def issue_badges(application_ids: Collection[int], *, by: Person) -> list[Badge]:
    """The same for many at once, in the order of `application_ids`; who is not approved is left out.

    The caller asked whether `by` may.
    """
    locked = _approved().filter(pk__in=application_ids).select_for_update(of=("self",), no_key=True).order_by("pk")
    applications = {application.pk: application for application in locked}
    badges = {badge.application_id: badge for badge in Badge.objects.filter(application__in=applications, **_STANDING)}
    made = Badge.objects.bulk_create(_drawn(applications[pk], by) for pk in applications if pk not in badges)
    badges |= {badge.application_id: badge for badge in made}
    for badge in badges.values():
        badge.application = applications[badge.application_id]
    return [badges[pk] for pk in application_ids if pk in badges]


@transaction.atomic
def reprint_badge(application_id: int, *, reason: str, replaces: int | None = None, by: Person) -> Badge:
    """Another badge for this person; the one before opens no door from now on.

    `replaces` is the badge that was in hand: where it was replaced already, the one that stands is returned.
    Raises NotThere, NotAllowed (the door and the secretariat only), Invalid (no reason), WrongMove (not approved).
    """
    application = _locked(application_id, by)
    _refuse_all_but_the_desk(application, by)
    reason = _checked(reason)
    before = standing_badge(application)
    if before is not None:
        if replaces is not None and before.pk != replaces:
            return before
        _revoke(before, reason, by)
    return _issued(application, by)


@transaction.atomic
def revoke_badge(badge_id: int, *, reason: str, by: Person) -> Badge:
    """It opens no door any more. What is revoked stays so. Raises NotThere, NotAllowed, Invalid (no reason)."""
    seen = Badge.objects.filter(pk=badge_id).first()
    if seen is None:
        raise NotThere
    application = _seen(seen.application_id, by)
    _refuse_all_but_the_desk(application, by)
    reason = _checked(reason)
    badge = Badge.objects.select_related("application").select_for_update(of=("self",), no_key=True).get(pk=badge_id)
    if badge.revoked_at is None:
        _revoke(badge, reason, by)
    return badge


def revoke_for(application: Application, *, reason: str = "") -> None:
    """Revokes the badge of somebody who is not approved any more, in the transaction that moved the application."""
    badge = standing_badge(application)
    if badge is not None:
        _revoke(badge, reason or str(_("No longer approved.")), AnonymousUser())


def note_printed(badges: Collection[Badge], *, at: datetime) -> None:
    """Says that these were put on paper."""
    Badge.objects.filter(pk__in=[badge.pk for badge in badges]).update(printed_at=at)


def standing_badge(application: Application) -> Badge | None:
    """The badge that opens doors for this person, if there is one."""
    badge = application.badges.filter(**_STANDING).first()
    if badge is not None:
        badge.application = application
    return badge


_STANDING = {"revoked_at": None}


def _approved() -> QuerySet[Application]:
    return Application.objects.select_related("conference", "category", "delegation").filter(status=Status.APPROVED)


def _seen(application_id: int, by: Person) -> Application:
    """The application under its lock, for somebody who may hold its badge. Raises NotThere."""
    found = Application.objects.select_related("conference", "category", "delegation").filter(pk=application_id)
    application = found.select_for_update(of=("self",), no_key=True).first()
    if application is None or not (is_own(by, application) or may_keep_doors(by, application.conference)):
        raise NotThere
    return application


def _locked(application_id: int, by: Person) -> Application:
    """As `_seen`, of somebody who is approved. Raises NotThere, WrongMove."""
    application = _seen(application_id, by)
    if not application.holds_a_place:
        raise WrongMove(_("Only people who are approved have a badge."))
    return application


def _refuse_all_but_the_desk(application: Application, by: Person) -> None:
    if not may_keep_doors(by, application.conference):
        raise NotAllowed


def _checked(reason: str) -> str:
    return checked_reason(reason, missing=_("Say why: it is kept with the badge."), longest=LONGEST_REASON)


def _issued(application: Application, by: Person) -> Badge:
    badge = _drawn(application, by)
    badge.save(force_insert=True)
    return badge


def _drawn(application: Application, by: Person) -> Badge:
    return Badge(
        application=application,
        code=secrets.token_urlsafe(CODE_BYTES),
        issued_by=cast(User, by) if by.is_authenticated else None,
    )


def _revoke(badge: Badge, reason: str, by: Person) -> None:
    badge.revoked_at, badge.reason = timezone.now(), reason[:LONGEST_REASON]
    badge.save(update_fields=["revoked_at", "reason"])
    if by.is_authenticated:
        # The reason may name people; it stands on the badge, where it is forgotten with them.
        note(badge, CHANGE, by=by, words="revoked")
