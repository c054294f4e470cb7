"""Three delegations of the demonstration at different stages, through the same actions as everybody's.

They are those with focal points, who can sign in: of the first all is there but a few words, the second waits for its
credentials, the third has to begin anew. What their people write is in English, as an example.
"""

from uuid import NAMESPACE_URL, uuid5

from accounts.models import User
from conferences.models import Conference, Delegation, Rank
from registration.actions import move_application, set_places, submit_application
from registration.delegation_actions import affirm_members, refuse_credentials
from registration.demo_credentials import hand_in_note
from registration.door import add_gate
from registration.models import (
    Application,
    Attendance,
    Capacity,
    Category,
    CredentialState,
    FocalPoint,
    Status,
)
from registration.wishes import Facts, Wish

# So many of the first delegation have not said yet whether they come.
NOT_CONFIRMED = 2
WITHOUT_SEAL = "The seal of the ministry is missing. Please hand in the note with the seal."
WITHOUT_NAMES = "The note names offices, and no persons. Please hand in one that names who speaks."


def bring_to_stages(conference: Conference, *, by: User) -> None:
    """Left alone where it was done before: an attempt that died halfway is continued."""
    if not conference.gates.exists():
        add_gate(conference.pk, name="Main entrance", by=by)
    acting = FocalPoint.objects.filter(delegation__conference=conference).select_related("delegation", "user")
    for focal_point, stage in zip(acting.order_by("pk"), (_nearly_done, _waiting, _beginning), strict=False):
        stage(focal_point.delegation, focal_point.user, by)


def _members(delegation: Delegation) -> list[Application]:
    """Those who are approved, the last to be named at the end."""
    found = delegation.applications.filter(status=Status.APPROVED).select_related("category", "user")
    return list(found.order_by("pk"))


def _nearly_done(delegation: Delegation, focal_point: User, secretariat: User) -> None:
    """Credentials are verified, nearly all are confirmed; an adviser without an address waits for the secretariat."""
    members = _members(delegation)
    coming = members[: -NOT_CONFIRMED or None]
    if not any(member.affirmed_at for member in members) and coming:
        affirm_members(delegation.pk, application_ids=[member.pk for member in coming], by=focal_point)
    delegates = Category.objects.filter(conference=delegation.conference, capacity=Capacity.DELEGATE).first()
    if delegates is None:
        return
    set_places(
        delegation.conference_id,
        sizes={Attendance.IN_ROOM: len(members) + 1},
        delegation_id=delegation.pk,
        by=secretariat,
    )
    facts = Facts(name="Eero Saari", honorific="Dr.", function="Adviser on digital policy", rank=Rank.OFFICIAL)
    wish = Wish(
        category_id=delegates.pk,
        facts=facts,
        submit_key=uuid5(NAMESPACE_URL, f"sidang:adviser:{delegation.pk}"),
        delegation_id=delegation.pk,
    )
    submit_application(wish, by=focal_point)


def _waiting(delegation: Delegation, focal_point: User, secretariat: User) -> None:
    """A first note was refused, and its focal point handed in another, which waits."""
    if _refused(delegation, WITHOUT_SEAL, secretariat):
        hand_in_note(delegation.conference, delegation, by=focal_point)


def _beginning(delegation: Delegation, focal_point: User, secretariat: User) -> None:
    """The note was refused, and the head does not come: both are to be named anew."""
    if not _refused(delegation, WITHOUT_NAMES, secretariat):
        return
    for member in _members(delegation):
        if member.category.capacity == Capacity.HEAD:
            move_application(member.pk, to=Status.WITHDRAWN, by=focal_point)


def _refused(delegation: Delegation, reason: str, secretariat: User) -> bool:
    """Whether its note stood until now and is refused by this."""
    verified = delegation.credentials.filter(state=CredentialState.VERIFIED).first()
    if verified is None:
        return False
    refuse_credentials(verified.pk, reason=reason, by=secretariat)
    return True
