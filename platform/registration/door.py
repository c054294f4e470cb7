"""The verbs of the door: gates, the devices that read badges there, and what they read.

A device has no account. It is enrolled once by an invitation and then shows a key; both are kept as hashes only.
"""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.unseen import UNSEEN, holds_unseen
from conferences.audit import ADDITION, CHANGE, DELETION, note
from conferences.models import Conference
from conferences.rules import Person
from outbox.changes import action
from outbox.errors import Invalid, NotAllowed, NotThere, Refusal, SignInFirst, WrongMove
from registration.actions import submit_application
from registration.answers import YES, Given, name_of
from registration.badges import issue_badge, reprint_badge
from registration.door_list import badge_by_mark, for_walk_ins
from registration.models import Application, Badge, Device, Direction, Gate, Outcome, Scan, Status
from registration.passages import Result, passages, result_of
from registration.rules import may_decide, may_keep_doors
from registration.signals import passed
from registration.wishes import Facts, Wish

# From the moment its code is shown until somebody at the gate has scanned it.
INVITED_FOR = timedelta(minutes=15)
# A device notes when it was last heard of no more often than this.
SEEN_EVERY = timedelta(seconds=30)
MOST_SCANS_AT_ONCE = 200
# No device is that long without a link.
KEPT_ON_DEVICE = timedelta(days=60)
LONGEST_NAME = 200


class NoDevice(Refusal):
    """This browser reads no badges: it was never enrolled, or not any more."""

    code = "no_device"
    status = 401
    words = _("This phone is not enrolled at a gate. Ask the secretariat for a code and scan it.")


# Gates


@transaction.atomic
def add_gate(conference_id: int, *, name: str, area: str = "", by: Person) -> Gate:
    """A place where badges are read. `area` is what it leads into: "" is the venue itself.

    Raises NotThere, SignInFirst, NotAllowed, and Invalid for a name that is empty or taken.
    """
    conference = _kept_doors(conference_id, by, lock=True)
    name, area = _name_of_gate(conference, name), _area(area)
    position = conference.gates.count() + 1
    gate = Gate.objects.create(conference=conference, name=name, area=area, position=position)
    note(gate, ADDITION, by=by)
    return gate


@transaction.atomic
def change_gate(gate_id: int, *, name: str, area: str, by: Person) -> Gate:
    """Another name, or another place that it leads into. Raises NotThere, SignInFirst, NotAllowed, Invalid."""
    gate = Gate.objects.filter(pk=gate_id).first()
    if gate is None:
        raise NotThere
    conference = _kept_doors(gate.conference_id, by, lock=True)
    gate.name, gate.area = _name_of_gate(conference, name, but=gate), _area(area)
    gate.save(update_fields=["name", "area"])
    note(gate, CHANGE, by=by)
    return gate


def _kept_doors(conference_id: int, by: Person, *, lock: bool = False) -> Conference:
    """The conference, for whoever keeps its doors."""
    conferences = Conference.objects.select_for_update(no_key=True) if lock else Conference.objects.all()
    conference = conferences.filter(pk=conference_id).first()
    if conference is None:
        raise NotThere
    if not by.is_authenticated:
        raise SignInFirst
    if not may_keep_doors(by, conference):
        raise NotAllowed
    return conference


def _name_of_gate(conference: Conference, name: str, *, but: Gate | None = None) -> str:
    name = _short(name, "name")
    if not name:
        raise Invalid(fields={"name": _("Give the gate a name, as on its sign.")})
    others = conference.gates.exclude(pk=but.pk) if but else conference.gates.all()
    if others.filter(name__iexact=name).exists():
        raise Invalid(fields={"name": _("There is a gate of this name already.")})
    return name


def _area(area: str) -> str:
    return _short(area, "area")


def _short(words: str, field: str) -> str:
    words = words.strip()
    if len(words) > 100:
        raise Invalid(fields={field: _("At most %(count)d characters.") % {"count": 100}})
    if holds_unseen(words):
        raise Invalid(fields={field: UNSEEN})
    return words


# Devices


@transaction.atomic
def invite_device(gate_id: int, *, name: str, by: Person) -> tuple[Device, str]:
    """Makes room for a device at a gate, and a secret that enrols it once within INVITED_FOR.

    The secret is returned here and kept nowhere. Raises NotThere, SignInFirst, NotAllowed, Invalid.
    """
    gate = Gate.objects.filter(pk=gate_id).first()
    if gate is None:
        raise NotThere
    _kept_doors(gate.conference_id, by)
    name = _short(name, "name")
    if not name:
        raise Invalid(fields={"name": _("Give the device a name: who carries it, or what is written on it.")})
    secret = secrets.token_urlsafe(24)
    device = Device.objects.create(
        conference_id=gate.conference_id,
        gate=gate,
        name=name,
        invitation_hash=_hash(secret),
        invited_until=timezone.now() + INVITED_FOR,
        made_by=cast(User, by),
    )
    note(device, ADDITION, by=by, words=f"At {gate}.")
    return device, secret


def device_invited(invitation: str) -> Device:
    """The device that this secret enrols, if nobody has used it and its time is not over. Raises WrongMove."""
    device = Device.objects.select_related("gate", "conference").filter(invitation_hash=_hash(invitation)).first()
    if (
        device is None
        or device.enrolled_at is not None
        or device.revoked_at is not None
        or device.invited_until <= timezone.now()
    ):
        raise WrongMove(_("This code was used already, or its time is over. Ask for a new one."))
    return device


@transaction.atomic
def enrol_device(invitation: str) -> tuple[Device, str]:
    """Uses an invitation, once: returns the key that the device shows from now on. Raises WrongMove."""
    Device.objects.select_for_update(no_key=True).filter(invitation_hash=_hash(invitation)).first()
    device = device_invited(invitation)
    key = secrets.token_urlsafe(32)
    device.key_hash, device.enrolled_at, device.seen_at = _hash(key), timezone.now(), timezone.now()
    device.save(update_fields=["key_hash", "enrolled_at", "seen_at"])
    return device, key


@transaction.atomic
def revoke_device(device_id: int, *, by: Person) -> Device:
    """From now on it is told nothing and can tell nothing. Raises NotThere, SignInFirst, NotAllowed."""
    device = Device.objects.select_for_update(no_key=True).filter(pk=device_id).first()
    if device is None:
        raise NotThere
    _kept_doors(device.conference_id, by)
    if device.revoked_at is None:
        device.revoked_at = timezone.now()
        device.save(update_fields=["revoked_at"])
        note(device, DELETION, by=by, words="Revoked.")
    return device


def device_with(key: str) -> Device:
    """The enrolled device that shows this key, and note that it was heard of.

    It reads as long as whoever enrolled it keeps the doors. Raises NoDevice.
    """
    device = (
        Device.objects.select_related("gate", "conference", "made_by")
        .filter(key_hash=_hash(key), revoked_at=None)
        .first()
    )
    if device is None or not is_answered_for(device):
        raise NoDevice
    now = timezone.now()
    if device.seen_at is None or device.seen_at < now - SEEN_EVERY:
        Device.objects.filter(pk=device.pk).update(seen_at=now)
    return device


def _hash(secret: str) -> str:
    # A secret of this length needs no salt and no slow hash: nobody guesses it.
    return hashlib.sha256(secret.encode()).hexdigest()


# Reading badges


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """What a device read: the mark of a badge (`door_list.mark_of`), or a person whom it found by name.

    `at` is aware, by the device's clock. `nonce` is made by the device, so that sending it again writes nothing twice.
    `said` is what it told those at the gate by itself, if it did: it hears where that turns out otherwise.
    """

    nonce: UUID
    direction: Direction
    at: datetime
    mark: str = ""
    application_id: int | None = None
    said: Outcome | None = None


def take_scans(device: Device, scanned: Sequence[Scanned], *, clock: datetime | None = None) -> list[Result]:
    """Writes down what a device read, in the order it was read, and says what each was; nothing is written twice.

    `clock` (aware) is what the device's clock shows as it sends them: by how much it is wrong, their times are
    corrected. Each is committed by itself, so what is sent again after a link broke continues where it stopped.
    Raises Invalid for more than MOST_SCANS_AT_ONCE.
    """
    if len(scanned) > MOST_SCANS_AT_ONCE:
        raise Invalid(_("Too much at once. Send at most %(count)d.") % {"count": MOST_SCANS_AT_ONCE})
    now = timezone.now()
    ahead = (clock - now) if clock is not None else timedelta()
    in_order = sorted(scanned, key=lambda one: one.at)
    taken = {one.nonce: _take(device, one, _corrected(one.at, ahead, now)) for one in in_order}
    scans = Scan.objects.select_related("application", "gate").in_bulk(list(taken.values()))
    return [result_of(scans[taken[one.nonce]]) for one in scanned]


def _corrected(at: datetime, ahead: timedelta, now: datetime) -> datetime:
    """When it was read by a clock that is right; now, where that is a time in which nothing can have been read.

    It is not refused: the device would send it again and again, and all that it read since behind it.
    """
    try:
        corrected = at - ahead
    except OverflowError:
        return now
    return corrected if now - KEPT_ON_DEVICE < corrected < now else now


@transaction.atomic
def _take(device: Device, scanned: Scanned, at: datetime) -> int:
    """The number of its row; the person's row is the lock that puts what several devices read in order."""
    badge = badge_by_mark(device.conference, scanned.mark) if scanned.mark else None
    person = Application.objects.select_for_update(of=("self",), no_key=True).filter(conference=device.conference_id)
    application = person.filter(pk=badge.application_id if badge else scanned.application_id or 0).first()
    scan, is_new = Scan.objects.get_or_create(
        nonce=scanned.nonce,
        defaults={
            "device": device,
            "gate": device.gate,
            "application": application,
            "badge": badge if application else None,
            "direction": scanned.direction,
            "outcome": _outcome(application, badge, at),
            "said": scanned.said or "",
            "at": at,
        },
    )
    if is_new and application is not None and not (scan.outcome == Outcome.REVOKED and scan.direction == Direction.IN):
        _settle(application, scan.gate)
        passed.send(Scan, application=application, gate=scan.gate, direction=scan.direction, at=scan.at)
    return scan.pk


def _outcome(application: Application | None, badge: Badge | None, at: datetime) -> Outcome:
    """Whether it opened the door at that moment: a phone without a link could not know of what happened later."""
    if application is None:
        return Outcome.UNKNOWN
    if badge is not None and badge.revoked_at is not None and badge.revoked_at <= at:
        return Outcome.REVOKED
    if application.status != Status.APPROVED:
        left = application.steps.filter(before=Status.APPROVED).order_by("-pk").first()
        if left is None or left.at <= at:
            return Outcome.REVOKED
    return Outcome.PASSED


def _settle(application: Application, gate: Gate) -> None:
    """Who is in already when they come in: the later one is `again`, in whichever order devices tell of them."""
    for scan, before in passages(application, gate):
        outcome = Outcome.PASSED if before is None else Outcome.AGAIN
        if scan.outcome not in (outcome, Outcome.REVOKED):
            scan.outcome = outcome
            scan.save(update_fields=["outcome"])


# People at the door without a badge


@action
def take_walk_in(
    device: Device, *, name: str, email: str, category_id: int, submit_key: UUID, agreed: Collection[int] = ()
) -> Application:
    """Somebody who comes without having applied, in a category that is open to all.

    Whoever enrolled the device answers for it: the secretariat takes in whomever it wants, with or without an address;
    for others it is as if the person had filled in the public form. `agreed` are the numbers of the consents that were
    read to the person, who agreed: it is noted at which gate, and who answers for that. Whoever gets a place gets a
    badge that waits to be printed. Raises NotThere, Invalid, WrongMove, AppliedAlready.
    """
    found = next((one for one in for_walk_ins(device) if one.category.pk == category_id), None)
    if found is None:
        raise Invalid(fields={"category": _("Choose a category.")})
    if unheard := [consent for consent in found.consents if consent.pk not in agreed]:
        words = _("Nobody can be registered without this. Read it to the person first.")
        raise Invalid(fields={name_of(consent): words for consent in unheard})
    if not name.strip():
        raise Invalid(fields={"name": _("Write the name as it should stand on the badge.")})
    if len(name.strip()) > LONGEST_NAME:
        raise Invalid(fields={"name": _("At most %(count)d characters.") % {"count": LONGEST_NAME}})
    keeper = device.made_by
    by: Person = keeper if keeper is not None and may_decide(keeper, device.conference) else AnonymousUser()
    given = [Given(consent.pk, YES) for consent in found.consents]
    facts = Facts(name=name.strip(), email=email.strip())
    is_new = not Application.objects.filter(submit_key=submit_key).exists()
    wish = Wish(category_id=category_id, facts=facts, submit_key=submit_key, answers=given, consents_read_out=True)
    application = submit_application(wish, by=by)
    if is_new and keeper is not None:
        if given:
            note(application, CHANGE, by=keeper, words=f"consents read out and agreed to at {device.gate}, {device}")
        if application.holds_a_place and is_answered_for(device):
            issue_badge(application.pk, by=keeper)
    return application


def is_answered_for(device: Device) -> bool:
    """Whether somebody who keeps the doors answers for this device: what it does is done in their name."""
    return device.made_by is not None and may_keep_doors(device.made_by, device.conference)


def reprint_at_door(device: Device, application_id: int, *, mark: str = "") -> Badge:
    """Revokes a person's badge, which is lost or spoiled, and makes another that waits to be printed.

    `mark` is that of the badge the device knows of: where it was replaced already, nothing more is done. Raises
    NotThere, NotAllowed, WrongMove (not approved).
    """
    application = Application.objects.filter(pk=application_id, conference=device.conference_id).first()
    if application is None:
        raise NotThere
    if device.made_by is None or not is_answered_for(device):
        raise NotAllowed
    known = badge_by_mark(device.conference, mark) if mark else None
    return reprint_badge(
        application.pk,
        reason=str(_("Asked for at the door")),
        replaces=known.pk if known else None,
        by=device.made_by,
    )
