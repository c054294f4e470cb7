"""Questions of the demonstration: invented, as such panels hear them, by people who are invented too."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from uuid import UUID, uuid5

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conferences.invented_names import invented_name
from conferences.models import Conference, Delegation, Membership, Role, Sector
from outbox.changes import action, record
from outbox.errors import NotAllowed
from sessions.programme.live import in_languages
from sessions.programme.models import Format, Session
from sessions.questions import actions
from sessions.questions.models import Capacity, Question, Reason, Status, Vote, Window
from sessions.questions.queries import questions_with_names

# So that questions made again are known to be there.
_MADE_OF = UUID("6f1d3a52-9c0e-5b43-8d27-0a51de300001")
MODERATOR = "ada@demo.example"
SPEAKER = "ben@demo.example"
SUPPORTERS = 84
# With this many of a hundred behind the most supported question, each further one has a little less.
MOST_SUPPORT, LESS_EACH = 90, 9


@dataclass(frozen=True)
class Asked:
    """`status` is where it ends; `country` is the delegation it is asked for."""

    text: str
    language: str = "en"
    status: Status = Status.LIVE
    capacity: Capacity = Capacity.SELF
    country: str = ""
    note: str = ""


def _for(country: str, text: str, status: Status = Status.LIVE, language: str = "en") -> Asked:
    return Asked(text, language, status, Capacity.DELEGATION, country)


QUESTIONS: dict[str, tuple[Asked, ...]] = {
    "Inclusive Digital Economy: Benefits and Challenges": (
        Asked(
            "Which single measure brought the most people online in your country during the pandemic, and what did "
            "it cost per person?",
            status=Status.ON_STAGE,
        ),
        _for("FJ", "How can cross-border payments between small island economies become affordable for families?"),
        _for("KH", "What would a shared ASEAN standard for digital identity need to be trusted by rural users?"),
        Asked(
            "Bagaimana memastikan pekerja platform digital mendapat perlindungan sosial yang sama di semua negara?",
            "id",
        ),
        Asked("كيف نضمن أن تصل الخدمات الحكومية الرقمية إلى كبار السن وذوي الإعاقة؟", "ar"),
        Asked(
            "Women are a third of those who are offline here. What has worked where you are?", status=Status.ANSWERED
        ),
        Asked("Who pays for the last mile when no operator finds it worth building?", capacity=Capacity.ANONYMOUS),
        Asked(
            "Could taxes on digital services fund the training of those who lose their work to them?",
            status=Status.PENDING,
        ),
        Asked("Apakah ada rencana kerja sama untuk literasi digital di sekolah dasar?", "id", Status.PENDING),
        Asked("Can you say more about that?", status=Status.DISMISSED, note="More about what, please? Do ask again."),
    ),
    "Digital Innovation for SMEs": (
        _for("FI", "How do you open public data so that small firms can build on it, and not only the largest ones?"),
        _for("FJ", "How can small enterprises on remote islands sell abroad when shipping costs more than the goods?"),
        Asked("What do embassies do today to help a small firm find its first customer in another country?"),
        Asked("Apa syarat agar UMKM perempuan bisa memperoleh pembiayaan tanpa agunan melalui platform digital?", "id"),
        Asked("ما الذي يمنع الشركات الصغيرة من استخدام التوقيع الإلكتروني عبر الحدود؟", "ar"),
        Asked("Which electronic signature is accepted by all the economies on this panel?", status=Status.ANSWERED),
        Asked(
            "Our cooperative lost its market stall and its customers in one week. Which online market took newcomers "
            "without a fee?",
            capacity=Capacity.ANONYMOUS,
        ),
        _for("VN", "Would your government join a common register of trusted online sellers?", Status.PENDING),
        Asked("How long did it take from the first pilot to the first thousand firms?", status=Status.PENDING),
        Asked(
            "Please all vote for our start-up in the fair.",
            status=Status.DISMISSED,
            note="This is not a question to the panel.",
        ),
    ),
    "Making Sense of Data and Digital Diplomacy": (
        Asked(
            "How do you tell public opinion from organised campaigns when you read the data?", status=Status.ON_STAGE
        ),
        _for("SG", "What may a ministry publish of its own data without harming those whom the data are about?"),
        _for("CL", "How do we train diplomats to question a model’s answer rather than to quote it?"),
        Asked("Bagaimana kementerian luar negeri menjaga kedaulatan data ketika memakai layanan awan asing?", "id"),
        Asked("我们如何在共享数据的同时保护个人隐私？", "zh"),
        Asked(
            "Which indicator of yours turned out to be wrong, and how did you find out?", capacity=Capacity.ANONYMOUS
        ),
        Asked("Are the dashboards you showed open to researchers?", status=Status.ANSWERED),
        Asked("هل توجد معايير مشتركة لتبادل البيانات بين وزارات الخارجية؟", "ar", Status.PENDING),
        Asked("Who owns the data that a host country gathers at a conference like this one?", status=Status.PENDING),
    ),
    "Big Data and Crisis Management": (
        _for("JP", "How soon after an earthquake can location data help, and who decides to release them?"),
        _for("ID", "Bagaimana data peringatan dini dapat dibagikan lintas negara dalam hitungan menit?", language="id"),
        Asked("How were your citizens abroad found and reached in the first week of the pandemic?"),
        Asked("What happens to emergency powers over data when the emergency is over?", capacity=Capacity.ANONYMOUS),
        Asked("كيف تصل التحذيرات إلى من لا يملك هاتفاً ذكياً؟", "ar"),
        Asked("Which of the tracing apps shown would you build again?", status=Status.ANSWERED),
        _for(
            "PH", "Could consulates share one list of shelters after a typhoon, kept up to date by those who are there?"
        ),
        Asked("Is there a common format for requests for assistance?", status=Status.PENDING),
        Asked("Did models foresee the demand for repatriation flights?", status=Status.PENDING),
    ),
}


def make_demo_questions(conference: Conference) -> int:
    """Fills the panels of a demonstration and returns how many questions were made; made again, it makes none.

    Raises NotAllowed outside the demonstration.
    """
    if not settings.DEMO:
        raise NotAllowed(_("Demo questions exist in the demonstration only."))
    moderator = User.objects.get(email=MODERATOR)
    supporters = _supporters(conference)
    panels = conference.sessions.filter(format=Format.PANEL).order_by("pk")
    return sum(_fill(session, moderator, supporters) for session in panels)


@action
def _fill(session: Session, moderator: User, supporters: list[User]) -> int:
    asked = QUESTIONS.get(in_languages(session.title).get("en", ""), ())
    if not asked or Question.objects.filter(uuid=_uuid(session, 0)).exists():
        return 0
    dice = Random(session.pk)  # noqa: S311  an invented hall, the same at every start
    actions.set_window(session.pk, window=Window.OPEN, by=moderator)
    for number, each in enumerate(asked):
        question = _ask(session, number, each, supporters, dice)
        _bring(question, each, number, supporters, moderator, dice)
    return len(asked)


def _ask(session: Session, number: int, each: Asked, supporters: list[User], dice: Random) -> Question:
    """The one place that passes by the limits of `ask_question`: a hall's questions are made in one moment here."""
    delegation = session.conference.delegations.filter(country=each.country).first() if each.country else None
    author = _author(session, each, supporters, dice)
    question = Question.objects.create(
        uuid=_uuid(session, number),
        session=session,
        author=author,
        capacity=each.capacity if delegation or each.capacity != Capacity.DELEGATION else Capacity.SELF,
        delegation=delegation,
        text=each.text,
        language=each.language,
    )
    # Asked one after the other, the last one two minutes ago.
    Question.objects.filter(pk=question.pk).update(asked_at=timezone.now() - timedelta(minutes=2 + 3 * (10 - number)))
    made = questions_with_names().get(pk=question.pk)
    record("question.submitted", made, new=True)
    return made


def _author(session: Session, each: Asked, supporters: list[User], dice: Random) -> User:
    if each.country == "FJ":
        return User.objects.get(email=SPEAKER)
    if each.country:
        members = Membership.objects.filter(conference_id=session.conference_id, delegation__country=each.country)
        found = members.order_by("-may_speak_for", "pk").select_related("user").first()
        if found is not None:
            return found.user
    return dice.choice(supporters)


def _bring(question: Question, each: Asked, number: int, supporters: list[User], moderator: User, dice: Random) -> None:
    """Brings a question to its state by the real verbs, so that all of it is told, counted and can be undone."""
    if each.status == Status.PENDING:
        return
    if each.status == Status.DISMISSED:
        actions.dismiss_question(question.pk, reason=Reason.UNCLEAR, note=each.note, by=moderator)
        return
    actions.approve_question(question.pk, by=moderator)
    share = max(6, MOST_SUPPORT - LESS_EACH * number - dice.randrange(8))
    _support(question, dice.sample(supporters, len(supporters) * share // 100))
    if each.status == Status.ON_STAGE:
        actions.stage_question(question.pk, by=moderator)
    elif each.status == Status.ANSWERED:
        actions.answer_question(question.pk, by=moderator)


def _support(question: Question, voters: list[User]) -> None:
    ids = [voter.pk for voter in voters if voter.pk != question.author_id]
    members = Membership.objects.filter(conference_id=question.session.conference_id, user_id__in=ids)
    delegations = dict(members.values_list("user_id", "delegation_id"))
    Vote.objects.bulk_create(
        [Vote(question=question, voter_id=pk, delegation_id=delegations.get(pk)) for pk in ids], ignore_conflicts=True
    )
    actions.recount([Question.objects.select_related("session__question_time").get(pk=question.pk)])


def _supporters(conference: Conference) -> list[User]:
    """People who take part, most of them in a delegation; nobody can sign in as one of them."""
    delegations = list(conference.delegations.order_by("position", "pk"))
    dice = Random(conference.slug)  # noqa: S311  the same names at every start
    wanted = [_supporter(conference, number, delegations, dice) for number in range(SUPPORTERS)]
    User.objects.bulk_create([person for person, _delegation in wanted], ignore_conflicts=True)
    people = {person.email: person for person in User.objects.filter(email__in=[person.email for person, _ in wanted])}
    Membership.objects.bulk_create(
        [
            Membership(
                conference=conference,
                user=people[person.email],
                role=Role.DELEGATE if delegation else Role.PARTICIPANT,
                delegation=delegation,
                may_speak_for=delegation is not None and number < len(delegations),
                sector=Sector.GOVERNMENT if delegation else Sector.CIVIL_SOCIETY,
            )
            for number, (person, delegation) in enumerate(wanted)
        ],
        ignore_conflicts=True,
    )
    return [people[person.email] for person, _delegation in wanted]


def _supporter(
    conference: Conference, number: int, delegations: list[Delegation], dice: Random
) -> tuple[User, Delegation | None]:
    # Every fifth belongs to no delegation.
    delegation = delegations[number % len(delegations)] if delegations and number % 5 else None
    country = str(delegation.country) if delegation and delegation.country else "ID"
    name = invented_name(country, dice)
    return User(email=f"{conference.slug}-floor-{number}@demo.example", name=name, password="!"), delegation  # noqa: S106


def _uuid(session: Session, number: int) -> UUID:
    return uuid5(_MADE_OF, f"{session.pk}/{number}")
