"""A conference's own registration for the demonstration and for rehearsals: its categories, and everybody in them.

Whoever is a member already is handed in as an application like everybody's, through the same action.
"""

from collections.abc import Collection, Mapping, Sequence
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings
from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conferences.models import Conference, Membership, Rank, Role, Sector
from jobs.errors import HopelessError
from jobs.models import Job
from jobs.registry import Progress, register_kind
from mail.actions import posting_nothing
from outbox.errors import Refusal
from registration.actions import set_places, submit_applications
from registration.answers import YES, Given
from registration.category_actions import FieldFacts, add_category, add_field
from registration.demo_credentials import bring_credentials
from registration.demo_stages import bring_to_stages
from registration.models import Attendance, Capacity, Category, FieldKind
from registration.wishes import Facts, Wish

KIND = "register_members"
CHUNK = 250
PLACES_IN_THE_ROOM = 1000
# Of the public: fewer than want to come, so that there is a waiting list.
PLACES_OF_THE_PUBLIC = 300
# Of a hundred who come for no delegation, those who are in the room.
IN_ROOM_OF_100 = 10

NAMES: dict[Capacity, Mapping[str, str]] = {
    Capacity.HEAD: {"en": "Head of delegation", "id": "Ketua delegasi", "ar": "رئيس وفد"},
    Capacity.ALTERNATE: {"en": "Alternate", "id": "Wakil ketua delegasi", "ar": "نائب رئيس وفد"},
    Capacity.DELEGATE: {"en": "Delegate", "id": "Delegat", "ar": "مندوب"},
    Capacity.OBSERVER: {"en": "Observer", "id": "Pengamat", "ar": "مراقب"},
    Capacity.SPEAKER: {"en": "Speaker", "id": "Pembicara", "ar": "متحدث"},
    Capacity.PRESS: {"en": "Press", "id": "Pers", "ar": "صحافة"},
    Capacity.INTERPRETER: {"en": "Interpreter", "id": "Juru bahasa", "ar": "مترجم فوري"},
    Capacity.STAFF: {"en": "Staff", "id": "Staf", "ar": "موظف"},
    Capacity.PUBLIC: {"en": "Public", "id": "Umum", "ar": "الجمهور"},
}
# Whom nobody has to approve, and who finds the form on the public page.
WITHOUT_APPROVAL = (Capacity.PUBLIC,)
LISTED = (Capacity.OBSERVER, Capacity.PRESS, Capacity.PUBLIC)
AGREES: FieldFacts = {
    "label": {
        "en": "I have read how my data are used",
        "id": "Saya telah membaca bagaimana data saya digunakan",
        "ar": "قرأتُ كيف تُستخدم بياناتي",
    },
    "why": {
        "en": "To register you, to make your badge, and to let you in.",
        "id": "Untuk mendaftarkan Anda, membuat lencana Anda, dan mengizinkan Anda masuk.",
        "ar": "لتسجيلك وإعداد شارتك والسماح لك بالدخول.",
    },
    "is_required": True,
    "kept_for_days": 365,
}
NEEDS: FieldFacts = {
    "label": {
        "en": "What you need to take part",
        "id": "Yang Anda perlukan untuk ikut serta",
        "ar": "ما تحتاجه للمشاركة",
    },
    "help": {
        "en": "A seat for a wheelchair, captions, sign language, a diet.",
        "id": "Tempat kursi roda, teks, bahasa isyarat, pola makan.",
        "ar": "مكان لكرسي متحرك، نصوص مرافقة، لغة إشارة، نظام غذائي.",
    },
    "why": {"en": "To prepare it for you.", "id": "Untuk menyiapkannya bagi Anda.", "ar": "لنُعدّه لك."},
    "kept_for_days": 30,
}
LICENCE: FieldFacts = {
    "label": {"en": "Press card", "id": "Kartu pers", "ar": "البطاقة الصحفية"},
    "why": {
        "en": "To see that you work for a medium.",
        "id": "Untuk mengetahui bahwa Anda bekerja untuk media.",
        "ar": "للتحقق من أنك تعمل لوسيلة إعلام.",
    },
    "is_sensitive": True,
    "kept_for_days": 30,
}


def open_registration(conference: Conference, *, by: User) -> list[Category]:
    """The categories of an ordinary conference with their forms and places; left alone where it has any."""
    there = list(conference.categories.order_by("position", "pk"))
    if there:
        return there
    made = []
    for capacity, name in NAMES.items():
        category = add_category(
            conference.pk,
            name=name,
            capacity=capacity,
            needs_approval=capacity not in WITHOUT_APPROVAL,
            is_listed=capacity in LISTED,
            closes_at=conference.closes_at,
            by=by,
        )
        add_field(category.pk, kind=FieldKind.CONSENT, by=by, **AGREES)
        add_field(category.pk, kind=FieldKind.LONG_TEXT, by=by, **NEEDS)
        if capacity == Capacity.PRESS:
            add_field(category.pk, kind=FieldKind.FILE, by=by, **LICENCE)
        made.append(category)
    set_places(conference.pk, sizes={Attendance.IN_ROOM: PLACES_IN_THE_ROOM, Attendance.ONLINE: None}, by=by)
    for category in made:
        if category.capacity == Capacity.PUBLIC:
            set_places(conference.pk, sizes={Attendance.IN_ROOM: PLACES_OF_THE_PUBLIC}, category_id=category.pk, by=by)
    return made


def register_members(arguments: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Hands in an application for every member of `conference` (a short address) who has none.

    Of those who may speak for a delegation the first is its head and the others are alternates; a note verbale names
    them. Each has the same submit key each time, so an attempt that died halfway is simply continued. Nobody gets a
    mail. Raises HopelessError.
    """
    conference = Conference.objects.filter(slug=arguments["conference"]).first()
    organiser = _organiser(conference) if conference else None
    if conference is None or organiser is None:
        raise HopelessError(_("There is no conference at this short address."))
    categories = {Capacity(category.capacity): category for category in open_registration(conference, by=organiser)}
    heads = _heads(conference)
    at_desks = set(conference.posts.values_list("user_id", flat=True))
    members = list(conference.memberships.order_by("pk").values_list("pk", flat=True))
    registered = refused = 0
    for first in range(0, len(members), CHUNK):
        progress(first, len(members))
        chunk = conference.memberships.filter(pk__in=members[first : first + CHUNK]).select_related("user")
        wishes = [_wish(member, categories, heads, at_desks) for member in chunk.order_by("pk")]
        results = submit_applications(wishes, by=organiser, telling=False)
        refused += sum(isinstance(result, Refusal) for result in results)
        registered += sum(not isinstance(result, Refusal) for result in results)
    with posting_nothing():
        bring_credentials(conference, by=organiser)
        if settings.DEMO:
            # In a rehearsal the focal points are real.
            bring_to_stages(conference, by=organiser)
    progress(len(members), len(members))
    return {"registered": registered, "refused": refused}


def _organiser(conference: Conference) -> User | None:
    first = conference.memberships.filter(role=Role.ORGANISER).select_related("user").order_by("pk").first()
    return first.user if first else None


def _heads(conference: Conference) -> set[int]:
    """The first of each delegation who may speak for it, by the membership's number."""
    speaking = conference.memberships.filter(may_speak_for=True)
    firsts = speaking.order_by("delegation").values("delegation").annotate(first=Min("pk"))
    return set(firsts.values_list("first", flat=True))


def _wish(
    member: Membership, categories: Mapping[Capacity, Category], heads: Collection[int], at_desks: Collection[int]
) -> Wish:
    category = categories.get(_capacity(member, heads, at_desks)) or categories[Capacity.PUBLIC]
    # No secrets: the same member is to come the same way each time.
    dice = Random(f"{member.conference_id} {member.user_id}")  # noqa: S311
    comes = member.delegation_id is not None or member.user_id in at_desks or dice.randrange(100) < IN_ROOM_OF_100
    return Wish(
        category_id=category.pk,
        facts=Facts(
            name=member.user.name or member.user.email,
            email=member.user.email,
            language=member.user.language,
            rank=_rank(Capacity(category.capacity), dice),
            is_listed=dice.random() < 0.7,
        ),
        submit_key=_key(member),
        attendance=Attendance.IN_ROOM if comes else Attendance.ONLINE,
        delegation_id=member.delegation_id,
        answers=_answers(category),
        # Invented people agree to what is asked.
        consents_read_out=True,
    )


def _capacity(member: Membership, heads: Collection[int], at_desks: Collection[int]) -> Capacity:
    if member.role == Role.ORGANISER or member.user_id in at_desks:
        return Capacity.STAFF
    if member.pk in heads:
        return Capacity.HEAD
    if member.delegation_id is not None:
        return Capacity.ALTERNATE if member.may_speak_for else Capacity.DELEGATE
    return Capacity.PRESS if member.sector == Sector.MEDIA else Capacity.PUBLIC


def _rank(capacity: Capacity, dice: Random) -> Rank:
    if capacity == Capacity.HEAD:
        return dice.choice((Rank.FOREIGN_MINISTER, Rank.MINISTER, Rank.DEPUTY_MINISTER))
    return {Capacity.ALTERNATE: Rank.AMBASSADOR, Capacity.DELEGATE: Rank.SENIOR_OFFICIAL}.get(capacity, Rank.NONE)


def _key(member: Membership) -> UUID:
    return uuid5(NAMESPACE_URL, f"sidang:{member.conference_id}:{member.user_id}")


def _answers(category: Category) -> Sequence[Given]:
    consents = category.fields.filter(kind=FieldKind.CONSENT, retired_at=None).values_list("pk", flat=True)
    return [Given(pk, YES) for pk in consents]


def _leads_to(job: Job) -> str:
    conference = Conference.objects.filter(slug=job.arguments["conference"]).first()
    return conference.get_absolute_url() if conference else "/"


def register() -> None:
    register_kind(KIND, register_members, title=_("Registering the participants"), leads_to=_leads_to)
