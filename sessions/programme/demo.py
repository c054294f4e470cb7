"""The people of the demonstration: invented, each with one part to play, all with one password that is shown."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.actions import demo_person
from accounts.models import User
from conferences.models import Conference, Membership, Role, Sector
from mail.actions import posting_nothing
from outbox.changes import action, change_rights
from outbox.errors import NotAllowed, Words
from registration.delegation_actions import invite_focal_point
from registration.models import Work
from registration.post_actions import add_post
from sessions.programme.models import Appointment, Duty, Format

# No secret: it opens a demonstration, and every start prints it.
PASSWORD = "sidang-demo-2021"  # noqa: S105


@dataclass(frozen=True)
class DemoPerson:
    """`duties` are theirs in every panel, and but for a panellist's in the review; `country` is their delegation."""

    email: str
    name: str
    what: Words
    role: Role = Role.PARTICIPANT
    country: str = ""
    sector: Sector = Sector.GOVERNMENT
    duties: tuple[Duty, ...] = ()
    runs_the_site: bool = False
    # Registers the members of this country's delegation, and need not take part.
    focal_point_of: str = ""
    works: tuple[Work, ...] = ()
    # Others can sign in too, and are found on the pages of their delegations.
    is_printed: bool = True


PEOPLE = (
    DemoPerson("olga@demo.example", "Olga Siregar", _("organises"), Role.ORGANISER, runs_the_site=True),
    DemoPerson("chen@demo.example", "陳美玲 Chen Meiling", _("chairs the panels and the review"), duties=(Duty.CHAIR,)),
    DemoPerson("ada@demo.example", "Ada Nwosu-Berg", _("moderates the panels"), duties=(Duty.MODERATOR,)),
    DemoPerson(
        "rahma@demo.example",
        "Dr. Rahma Wijayanti",
        _("is on the panels"),
        sector=Sector.ACADEMIA,
        duties=(Duty.PANELLIST,),
    ),
    DemoPerson("paloma@demo.example", "Paloma Ibáñez", _("interprets"), duties=(Duty.INTERPRETER,)),
    DemoPerson("ben@demo.example", "Ben Tuilagi", _("speaks for Fiji"), Role.DELEGATE, "FJ"),
    DemoPerson("aino@demo.example", "Aino Mäkelä", _("speaks for Finland"), Role.DELEGATE, "FI"),
    DemoPerson("dewi@demo.example", "Dewi Anggraini", _("takes part"), sector=Sector.CIVIL_SOCIETY),
    DemoPerson("sari@demo.example", "Sari Wulandari", _("decides on registrations"), works=(Work.SECRETARIAT,)),
    DemoPerson(
        "made@demo.example", "Made Artana", _("keeps the doors and the help desk"), works=(Work.DOOR, Work.HELP_DESK)
    ),
    DemoPerson("katri@demo.example", "Katri Lahtinen", _("names the delegation of Finland"), focal_point_of="FI"),
    DemoPerson(
        "ignacia@demo.example",
        "Ignacia Rojas",
        _("names the delegation of Chile"),
        focal_point_of="CL",
        is_printed=False,
    ),
    DemoPerson(
        "hoa@demo.example",
        "Nguyễn Thị Hoa",
        _("names the delegation of Viet Nam"),
        focal_point_of="VN",
        is_printed=False,
    ),
)


@action
def make_demo_people(conference: Conference) -> list[User]:
    """Makes or mends the people of the demonstration, with their parts in this conference.

    A delegation that does not take part leaves its delegate a participant. Raises NotAllowed outside the
    demonstration.
    """
    if not settings.DEMO:
        raise NotAllowed(_("Demo people exist in the demonstration only."))
    delegations = {str(row.country): row for row in conference.delegations.all()}
    held = conference.sessions.filter(format__in=(Format.PANEL, Format.COUNTRIES_REVIEW)).order_by("pk")
    sessions = [(session, session.format == Format.PANEL) for session in held]
    made = []
    for demo in PEOPLE:
        person = demo_person(demo.email, demo.name, PASSWORD)
        if demo.runs_the_site and not person.is_staff:
            # May create further conferences, as whoever opens the set-up link may.
            person.is_staff = True
            person.save(update_fields=["is_staff"])
        made.append(person)
        organiser = made[0]
        if acts_for := delegations.get(demo.focal_point_of):
            with posting_nothing():
                invite_focal_point(acts_for.pk, email=demo.email, name=demo.name, by=organiser)
        if demo.focal_point_of:
            continue
        delegation = delegations.get(demo.country)
        role = Role.PARTICIPANT if demo.role == Role.DELEGATE and delegation is None else demo.role
        Membership.objects.update_or_create(
            conference=conference,
            user=person,
            defaults={
                "role": role,
                "delegation": delegation,
                "may_speak_for": delegation is not None,
                "sector": demo.sector,
            },
        )
        for session, is_panel in sessions:
            for duty in demo.duties if is_panel else set(demo.duties) - {Duty.PANELLIST}:
                Appointment.objects.get_or_create(session=session, user=person, duty=duty)
        with posting_nothing():
            for work in demo.works:
                add_post(conference.pk, email=demo.email, name=demo.name, work=work, by=organiser)
        change_rights(f"user.{person.pk}")
    return made


def sign_ins() -> list[tuple[str, str, Words]]:
    """Name, address and part of the demo people that exist, in the order of the list above."""
    there = dict(User.objects.filter(email__in=[demo.email for demo in PEOPLE]).values_list("email", "name"))
    return [(there[demo.email], demo.email, demo.what) for demo in PEOPLE if demo.email in there and demo.is_printed]
