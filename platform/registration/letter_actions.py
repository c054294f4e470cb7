"""The verbs of letters: a conference's own words, and letters to many that wait for a look before they leave."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.core.mail import get_connection
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.unseen import IN_TEXTS, UNSEEN, holds_unseen
from conferences.audit import ADDITION, CHANGE, DELETION, note
from conferences.models import Conference
from conferences.rules import Person
from jobs.actions import start
from jobs.models import Job
from jobs.registry import Progress, register_kind
from outbox.errors import Invalid, NotThere, WrongMove
from registration.desk import decided
from registration.letters import CONFIRMING, LETTERS, REMINDER, Words, languages_of
from registration.mailings import (
    APPLICANTS,
    CHOSEN_BY,
    FOCAL_POINTS,
    as_reader,
    copy_of,
    message_of,
    recipients_of,
    still_to_get,
    whose,
)
from registration.models import (
    Attendance,
    Delivery,
    LetterTemplate,
    Mailing,
    MailingState,
    Status,
    Unsubscribed,
)
from registration.placeholders import OF_A_PERSON, OF_AN_APPLICATION, Placeholder, names_in, problem_in
from registration.rules import may_decide

KIND = "registration.mailing"
# How many leave in one transaction: as many as can be taken back while somebody presses “Stop”.
AT_ONCE = 50
LONGEST_SUBJECT = 200
LONGEST_TEXT = 20_000
# What a letter must fill in, or nobody could do what it is sent for: one name of each group.
NEEDED: dict[str, tuple[tuple[str, ...], ...]] = {
    **dict.fromkeys((*CONFIRMING, REMINDER), (("entry_address", "entry_code"),)),
    Status.ON_HOLD: (("reason",),),
    Status.REJECTED: (("reason",),),
}

Problems = dict[str, str | Promise]


# A conference's own words


@transaction.atomic
def set_letter(conference_id: int, name: str, language: str, *, words: Words, by: Person) -> LetterTemplate:
    """Puts one of the letters into a conference's own words in one language, from the next letter on.

    Raises NotThere, NotAllowed, and Invalid with what is wrong with `subject` and `text`.
    """
    conference = decided(conference_id, by)
    if name not in LETTERS or language not in languages_of(conference):
        raise NotThere
    words = check_letter(name, words)
    template, is_new = LetterTemplate.objects.update_or_create(
        conference=conference,
        letter=name,
        language=language,
        defaults={"subject": words.subject, "text": words.text},
    )
    note(template, ADDITION if is_new else CHANGE, by=by)
    return template


@transaction.atomic
def reset_letter(conference_id: int, name: str, language: str, *, by: Person) -> None:
    """Goes back to the program's own words. Where there are no others, nothing happens. Raises NotThere, NotAllowed."""
    conference = decided(conference_id, by)
    for template in conference.letter_templates.filter(letter=name, language=language):
        note(template, DELETION, by=by)
        template.delete()


def check_letter(name: str, words: Words) -> Words:
    """The words as they are kept. Raises Invalid with what is wrong with `subject` and `text`."""
    words = Words(" ".join(words.subject.split()), _lines(words.text))
    wrong = _problems(words, OF_AN_APPLICATION)
    used = names_in(words.text)
    for group in NEEDED.get(name, ()):
        if "text" not in wrong and used.isdisjoint(group):
            needed = " / ".join(f"{{{placeholder}}}" for placeholder in group)
            wrong["text"] = _("This letter cannot do without %(names)s.") % {"names": needed}
    if wrong:
        raise Invalid(fields=wrong)
    return words


def _problems(words: Words, known: Sequence[Placeholder]) -> Problems:
    wrong: Problems = {}
    for field, text, longest in (
        ("subject", words.subject, LONGEST_SUBJECT),
        ("text", words.text, LONGEST_TEXT),
    ):
        if not text:
            wrong[field] = _("Write something here.")
        elif len(text) > longest:
            wrong[field] = _("At most %(count)d characters.") % {"count": longest}
        elif holds_unseen(text, but=IN_TEXTS):
            wrong[field] = UNSEEN
        elif problem := problem_in(text, known):
            wrong[field] = problem
    return wrong


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


# Letters to many


@transaction.atomic
def draft_mailing(
    conference_id: int,
    *,
    words: Mapping[str, Words],
    recipients: Mapping[str, Sequence[str | int]],
    is_essential: bool = False,
    by: Person,
) -> Mailing:
    """Writes a letter to many, which waits for a look. `words` by language's code; an empty choice is everybody.

    Raises NotThere, NotAllowed, and Invalid with the fields `subject_en`, `text_en`, `status` and so on.
    """
    conference = decided(conference_id, by)
    mailing = _written(conference, words, recipients, is_essential)
    mailing.made_by = cast(User, by)
    mailing.save()
    note(mailing, ADDITION, by=by)
    return mailing


@transaction.atomic
def change_mailing(
    mailing_id: int,
    *,
    words: Mapping[str, Words],
    recipients: Mapping[str, Sequence[str | int]],
    is_essential: bool = False,
    by: Person,
) -> Mailing:
    """Writes it anew; it waits for another look. Raises NotThere, Invalid, and WrongMove once some of it has left."""
    mailing = _locked(mailing_id, by)
    if mailing.state != MailingState.WAITING:
        raise WrongMove
    anew = _written(mailing.conference, words, recipients, is_essential)
    mailing.words, mailing.recipients, mailing.is_essential = anew.words, anew.recipients, anew.is_essential
    mailing.version += 1
    mailing.save(update_fields=["words", "recipients", "is_essential", "version"])
    note(mailing, CHANGE, by=by)
    return mailing


def _written(
    conference: Conference,
    words: Mapping[str, Words],
    recipients: Mapping[str, Sequence[str | int]],
    is_essential: bool,
) -> Mailing:
    given = {language: Words(" ".join(one.subject.split()), _lines(one.text)) for language, one in words.items()}
    given = {language: one for language, one in given.items() if one.subject or one.text}
    offered = languages_of(conference)
    wrong: Problems = {}
    if not given:
        wrong[f"subject_{offered[0]}"] = _("Write it in at least one language.")
    for language, one in given.items():
        if language not in offered:
            raise NotThere
        for field, problem in _problems(one, OF_A_PERSON).items():
            wrong[f"{field}_{language}"] = problem
    known: dict[str, set[Any]] = {
        "to": {APPLICANTS, FOCAL_POINTS},
        "status": set(Status.values),
        "attendance": set(Attendance.values),
        "category": set(conference.categories.values_list("pk", flat=True)),
        "delegation": set(conference.delegations.values_list("pk", flat=True)),
    }
    for by, chosen in recipients.items():
        if by not in known or not known[by].issuperset(chosen):
            wrong[by] = _("Choose again: some of these are not there any more.")
    if wrong:
        raise Invalid(fields=wrong)
    return Mailing(
        conference=conference,
        words={language: {"subject": one.subject, "text": one.text} for language, one in given.items()},
        recipients={by: list(recipients.get(by, ())) for by in ("to", *CHOSEN_BY)},
        is_essential=is_essential,
    )


def _locked(mailing_id: int, by: Person) -> Mailing:
    """The letter under its lock, for the secretariat. Raises NotThere."""
    mailings = Mailing.objects.select_for_update(of=("self",), no_key=True).select_related("conference")
    mailing = mailings.filter(pk=mailing_id).first()
    if mailing is None or not may_decide(by, mailing.conference):
        raise NotThere
    return mailing


@transaction.atomic
def discard_mailing(mailing_id: int, *, by: Person) -> None:
    """Throws away a letter of which nothing has left. Raises NotThere, WrongMove."""
    mailing = _locked(mailing_id, by)
    if mailing.state != MailingState.WAITING:
        raise WrongMove
    note(mailing, DELETION, by=by)
    mailing.delete()


@transaction.atomic
def look_at_mailing(mailing_id: int, *, application_id: int, by: Person) -> Mailing:
    """Notes that somebody opens it as it leaves for one of its recipients. Raises NotThere for anybody else's."""
    mailing = _locked(mailing_id, by)
    if not recipients_of(mailing).filter(pk=application_id).exists():
        raise NotThere
    mailing.looked_at_version = mailing.version
    mailing.save(update_fields=["looked_at_version"])
    return mailing


@transaction.atomic
def send_mailing(mailing_id: int, *, version: int, by: Person) -> Mailing:
    """Lets it leave, or what is left of one that was stopped. `version` is the one that the sender has seen.

    Raises NotThere; WrongMove where nobody looked at it since its last change, where it has changed meanwhile, and
    where it is on its way already; Invalid where it would go to nobody.
    """
    mailing = _locked(mailing_id, by)
    if mailing.state not in (MailingState.WAITING, MailingState.STOPPED):
        raise WrongMove
    if mailing.version != version:
        raise WrongMove(_("Somebody has changed this letter meanwhile. Look at it again."))
    if not mailing.is_looked_at:
        raise WrongMove(_("Look first at the letter as one of its readers gets it."))
    left = still_to_get(mailing).count()
    if not left:
        raise Invalid(_("There is nobody to whom this letter could go."))
    mailing.state, mailing.released_at = MailingState.LEAVING, timezone.now()
    mailing.recipient_count = mailing.sent_count + left
    mailing.job = start(KIND, {"mailing": mailing.pk}, by=cast(User, by))
    mailing.save(update_fields=["state", "released_at", "recipient_count", "job"])
    note(mailing, CHANGE, by=by, words=f"sent to {left}")
    return mailing


@transaction.atomic
def stop_mailing(mailing_id: int, *, by: Person) -> Mailing:
    """Keeps back what has not left yet. One that is over is left alone. Raises NotThere."""
    mailing = _locked(mailing_id, by)
    if mailing.state == MailingState.LEAVING:
        mailing.state = MailingState.STOPPED
        mailing.save(update_fields=["state"])
        note(mailing, CHANGE, by=by, words=f"stopped after {mailing.sent_count}")
    return mailing


def post_mailing(arguments: Mapping[str, Any], progress: Progress) -> dict[str, int]:
    """The job that posts it. Done again from its beginning it goes on where it ended: nobody gets two copies."""
    mailing_id = int(arguments["mailing"])
    sent_count = 0
    while (mailing := _post_some(mailing_id)) is not None:
        sent_count = mailing.sent_count
        progress(sent_count, max(sent_count, mailing.recipient_count))
    return {"sent": sent_count}


@transaction.atomic
def _post_some(mailing_id: int) -> Mailing | None:
    """Posts the next copies, each with its delivery in the same commit. Returns None once there is nothing to do.

    The mailing's lock makes two workers take turns, and whoever stops it waits for no more than one turn.
    """
    mailings = Mailing.objects.select_for_update(of=("self",), no_key=True).select_related("conference")
    mailing = mailings.filter(pk=mailing_id, state=MailingState.LEAVING).first()
    if mailing is None:
        return None
    readers = list(still_to_get(mailing)[:AT_ONCE])
    if not readers:
        mailing.state = MailingState.SENT
        mailing.save(update_fields=["state"])
        return None
    Delivery.objects.bulk_create([copy_of(mailing, reader) for reader in readers])
    get_connection().send_messages([message_of(mailing, as_reader(reader)) for reader in readers])
    mailing.sent_count += len(readers)
    mailing.save(update_fields=["sent_count"])
    return mailing


def _page_of(job: Job) -> str:
    mailing = Mailing.objects.select_related("conference").filter(pk=job.arguments["mailing"]).first()
    return mailing.get_absolute_url() if mailing is not None else ""


def register_work() -> None:
    register_kind(KIND, post_mailing, title=_("Letter to many"), leads_to=_page_of)


# Unsubscribing


def unsubscribe(token: str) -> None:
    """Whoever has the link wants no mails of this conference but what is essential. Raises NotThere."""
    conference_id, user_id = _signed(token)
    Unsubscribed.objects.get_or_create(conference_id=conference_id, user_id=user_id)


def subscribe_again(token: str) -> None:
    """Takes that back. Raises NotThere."""
    conference_id, user_id = _signed(token)
    Unsubscribed.objects.filter(conference_id=conference_id, user_id=user_id).delete()


def _signed(token: str) -> tuple[int, int]:
    found = whose(token)
    if found is None or not Conference.objects.filter(pk=found[0]).exists():
        raise NotThere
    if not User.objects.filter(pk=found[1]).exists():
        raise NotThere
    return found
