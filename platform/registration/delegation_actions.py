"""The verbs around a delegation: its focal points, the phases they are bound by, who comes, and its credentials.

Naming, replacing and withdrawing members are verbs of applications: registration.actions.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict, Unpack, cast

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actions import ensure_person
from accounts.models import User
from conferences.audit import ADDITION, CHANGE, DELETION, note
from conferences.letters import send_letter
from conferences.models import Delegation
from conferences.rules import Person
from files.models import Upload
from outbox.changes import action
from outbox.errors import Invalid, NotAllowed, NotThere, WrongMove
from registration.delegations import check_confirmation, delegation_for
from registration.desk import decided
from registration.models import (
    ACTIVE,
    Application,
    Attendance,
    Credential,
    CredentialState,
    FocalPoint,
    Phases,
    Status,
)
from registration.places import Places
from registration.reasons import checked_reason
from registration.rules import CREDENTIALS, may_decide
from registration.voices import settle_voice, speaks_by

# As what a note verbale comes.
NOTES = ("application/pdf", "image/jpeg", "image/png")
LARGEST_NOTE = 20 * 1024 * 1024  # bytes


# Focal points


@action
def invite_focal_point(delegation_id: int, *, email: str, name: str, by: Person) -> FocalPoint:
    """Lets somebody, known or new here, act for a delegation, and tells them by mail. Who does so already stays so.

    Raises NotThere, NotAllowed for everybody but the secretariat, and Invalid.
    """
    delegation = _decided(delegation_id, by)
    person = ensure_person(email, name, by=cast(User, by))
    focal_point, is_new = FocalPoint.objects.get_or_create(
        delegation=delegation, user=person, defaults={"invited_by": cast(User, by)}
    )
    if is_new:
        note(focal_point, ADDITION, by=by)
        _write_to(person, delegation, "focal_point", by=by, lets_in=True)
    return focal_point


@action
def dismiss_focal_point(focal_point_id: int, *, by: Person) -> None:
    """Ends somebody's acting for a delegation; whom they registered stays. Raises NotThere, and NotAllowed."""
    focal_point = FocalPoint.objects.select_for_update(no_key=True).filter(pk=focal_point_id).first()
    if focal_point is None:
        raise NotThere
    _decided(focal_point.delegation_id, by)
    note(focal_point, DELETION, by=by)
    focal_point.delete()


def _decided(delegation_id: int, by: Person) -> Delegation:
    """The delegation, for the secretariat. Raises NotThere, and NotAllowed for its focal points."""
    delegation = delegation_for(delegation_id, by)
    if not may_decide(by, delegation.conference):
        raise NotAllowed
    return delegation


def _write_to(person: User, delegation: Delegation, template: str, *, lets_in: bool = False, **context: object) -> None:
    send_letter(
        person,
        delegation.conference,
        f"registration/mail/{template}",
        leads_to=reverse("registration:delegation", args=[delegation.conference.slug, delegation.pk]),
        lets_in=lets_in,
        delegation=delegation,
        **context,
    )


# Phases


class Dates(TypedDict, total=False):
    """Aware moments; None for an end that stays open."""

    nomination_opens_at: datetime | None
    nomination_closes_at: datetime | None
    confirmation_opens_at: datetime | None
    confirmation_closes_at: datetime | None
    list_is_public: bool


@action
def set_phases(conference_id: int, *, by: Person, **dates: Unpack[Dates]) -> Phases:
    """Says when delegations name their members and when they confirm who comes, and whether the list is public.

    What is not given stays. Raises NotThere, NotAllowed, and Invalid where a phase closes before it opens.
    """
    conference = decided(conference_id, by, lock=True)
    phases = Phases.objects.filter(pk=conference_id).first() or Phases(conference=conference)
    for name, value in dates.items():
        setattr(phases, name, value)
    wrong = {
        f"{phase}_closes_at": _("It must close after it opens.")
        for phase in ("nomination", "confirmation")
        if _ends_early(getattr(phases, f"{phase}_opens_at"), getattr(phases, f"{phase}_closes_at"))
    }
    if wrong:
        raise Invalid(fields=wrong)
    phases.save()
    note(conference, CHANGE, by=by, words="phases of registration")
    return phases


def _ends_early(opens_at: datetime | None, closes_at: datetime | None) -> bool:
    return opens_at is not None and closes_at is not None and closes_at <= opens_at


# Who comes


@action
def affirm_members(delegation_id: int, *, application_ids: Sequence[int], by: Person) -> int:
    """Says in the confirmation phase that these members come. Returns for how many that was new.

    Raises NotThere for somebody who is not of this delegation, and WrongMove: not now, or not approved.
    """
    delegation = delegation_for(delegation_id, by)
    if not may_decide(by, delegation.conference):
        check_confirmation(delegation.conference_id)
    named = Application.objects.filter(delegation=delegation, pk__in=application_ids)
    statuses = list(named.values_list("status", flat=True))
    if len(statuses) != len(set(application_ids)):
        raise NotThere
    if any(status != Status.APPROVED for status in statuses):
        raise WrongMove(_("Only those who are approved can be confirmed."))
    # By its status once more: somebody may have withdrawn since.
    affirmed = named.filter(status=Status.APPROVED, affirmed_at=None).update(affirmed_at=timezone.now())
    if affirmed:
        note(delegation, CHANGE, by=by, words=f"{affirmed} members confirmed")
    return affirmed


# Credentials


@action
def hand_in_credentials(delegation_id: int, *, upload_id: int, names: Sequence[int], by: Person) -> Credential:
    """Hands in a note verbale that says who speaks for the delegation; `names` are applications of its members.

    The upload is the doer's own, stored for this purpose. Raises NotThere, and Invalid.
    """
    delegation = delegation_for(delegation_id, by)
    upload = Upload.objects.filter(pk=upload_id, purpose=CREDENTIALS, owner_id=by.pk or 0).first()
    if upload is None or Credential.objects.filter(upload=upload).exists():
        raise Invalid(fields={"note": _("Choose the file again.")})
    named = list(Application.objects.filter(delegation=delegation, pk__in=names, status__in=ACTIVE))
    if not names or len(named) != len(set(names)):
        raise Invalid(fields={"names": _("Choose whom the note names, among the members of the delegation.")})
    credential = Credential.objects.create(delegation=delegation, upload=upload, handed_in_by=cast(User, by))
    credential.names.set(named)
    note(credential, ADDITION, by=by)
    return credential


@action
def verify_credentials(credential_id: int, *, by: Person) -> Credential:
    """Finds the note in order: whom it names may speak for the delegation, once approved. The focal points are told.

    What is verified already is left alone. Raises NotThere, and NotAllowed.
    """
    credential, named = _locked_credential(credential_id, by)
    if credential.state != CredentialState.VERIFIED:
        _decide(credential, CredentialState.VERIFIED, "", by)
        for application in named:
            if application.holds_a_place:
                settle_voice(application, may_speak=True)
        _tell_focal_points(credential, "credentials_verified", named)
    return credential


@action
def refuse_credentials(credential_id: int, *, reason: str, by: Person) -> Credential:
    """Refuses the note with a reason that the focal points are told; a voice that it gave is taken back.

    Whom another verified note names keeps the voice. What is refused already is left alone. Raises NotThere,
    NotAllowed, and Invalid without a reason.
    """
    credential, named = _locked_credential(credential_id, by)
    if credential.state == CredentialState.REFUSED:
        return credential
    reason = checked_reason(reason, missing=_("Say why: the focal points are told."))
    gave_voices = credential.state == CredentialState.VERIFIED
    _decide(credential, CredentialState.REFUSED, reason, by)
    if gave_voices:
        for application in named:
            if not speaks_by(application):
                settle_voice(application, may_speak=False)
    _tell_focal_points(credential, "credentials_refused", named)
    return credential


def _locked_credential(credential_id: int, by: Person) -> tuple[Credential, list[Application]]:
    """The note and whom it names, under the locks behind which people come and go: quotas, applications, the note.

    Whoever is approved at this moment is so wholly before, or sees wholly what is decided here.
    """
    seen = Credential.objects.filter(pk=credential_id).first()
    if seen is None:
        raise NotThere
    delegation = _decided(seen.delegation_id, by)
    Places(delegation.conference_id, *Attendance.values)
    named = Application.objects.select_related("user").filter(credentials=seen).order_by("pk")
    applications = list(named.select_for_update(of=("self",), no_key=True))
    credential = Credential.objects.select_for_update(no_key=True).get(pk=credential_id)
    credential.delegation = delegation
    return credential, applications


def _decide(credential: Credential, state: CredentialState, reason: str, by: Person) -> None:
    before = credential.state
    credential.state, credential.reason = state, reason
    credential.decided_by, credential.decided_at = cast(User, by), timezone.now()
    credential.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    note(credential, CHANGE, by=by, words=f"from {before} to {state}")


def _tell_focal_points(credential: Credential, template: str, named: Sequence[Application]) -> None:
    delegation = credential.delegation
    for focal_point in delegation.focal_points.select_related("user").order_by("pk"):
        _write_to(focal_point.user, delegation, template, credential=credential, names=named)
