"""A letter to many: who gets it, what it says to each, and the link by which somebody wants no more of them."""

from dataclasses import replace

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from registration.letters import Letter, Words, as_message, language_for, written
from registration.models import Application, Delivery, Mailing, Unsubscribed

# What recipients are chosen by, and the fields of an application that say it.
CHOSEN_BY = ("status", "category", "delegation", "attendance")
# A full stop, since mail programs end a link at other signs.
_signer = signing.Signer(sep=".", salt="registration.unsubscribe")


def fitting(mailing: Mailing) -> QuerySet[Application]:
    """Every application that the mailing is meant for, with an address that its person or who named them answers for.

    An empty choice is everybody. Nobody writes to an address that a stranger may have typed.
    """
    found = Application.objects.filter(
        conference_id=mailing.conference_id, user__is_active=True, confirmed_at__isnull=False
    )
    for by in CHOSEN_BY:
        if chosen := mailing.recipients.get(by):
            found = found.filter(**{f"{by}__in": chosen})
    return found


def recipients_of(mailing: Mailing) -> QuerySet[Application]:
    """Who gets it, one application a person, the oldest first: without those who want no such mails, if it can be."""
    found = fitting(mailing)
    if not mailing.is_essential:
        found = found.exclude(user__in=Unsubscribed.objects.filter(conference_id=mailing.conference_id).values("user"))
    later = found.filter(user=OuterRef("user"), pk__gt=OuterRef("pk"))
    return found.filter(~Exists(later)).select_related("user", "category", "delegation", "conference").order_by("pk")


def who_got_it(mailing: Mailing) -> QuerySet[Application]:
    """Whom a copy was posted to, whatever became of their applications since."""
    copies = Delivery.objects.filter(mailing=mailing).values("application")
    return (
        Application.objects.filter(pk__in=copies, user__isnull=False)
        .select_related("user", "category", "delegation", "conference")
        .order_by("pk")
    )


def still_to_get(mailing: Mailing) -> QuerySet[Application]:
    """Its recipients but for those who have their copy, under whichever application."""
    copies = Delivery.objects.filter(mailing=mailing, application__user=OuterRef("user"))
    return recipients_of(mailing).filter(~Exists(copies))


def left_out_count(mailing: Mailing) -> int:
    """How many people it would go to if they had not said that they want no such mails."""
    if mailing.is_essential:
        return 0
    unsubscribed = Unsubscribed.objects.filter(conference_id=mailing.conference_id).values("user")
    return fitting(mailing).filter(user__in=unsubscribed).values("user").distinct().count()


def letter_of(mailing: Mailing, application: Application) -> Letter:
    """Its words for this reader, in the best of its languages, as they leave."""
    words = {language: Words(**words) for language, words in mailing.words.items()}
    language = language_for(application, words)
    letter = written(words[language], application, language)
    if mailing.is_essential:
        return letter
    with translation.override(language):
        why = _("You get this mail because you applied to take part. If you want no more mails like this one:")
    return replace(letter, text=f"{letter.text}\n-- \n{why}\n{unsubscribe_address(application)}\n")


def message_of(mailing: Mailing, application: Application) -> EmailMessage:
    """The mail, which mail programs can be told to unsubscribe from by one click (RFC 8058).

    The application has an account with an address: it is one of `recipients_of`.
    """
    headers = {}
    if not mailing.is_essential:
        headers = {
            "List-Unsubscribe": f"<{unsubscribe_address(application)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    address = application.user.email if application.user is not None else application.email
    return as_message(letter_of(mailing, application), address, headers)


def unsubscribe_address(application: Application) -> str:
    """Good for as long as this installation's secret key; it can do nothing but this."""
    token = _signer.sign_object([application.conference_id, application.user_id])
    return f"{settings.SITE_URL}{reverse('registration:unsubscribe', args=[token])}"


def whose(token: str) -> tuple[int, int] | None:
    """The numbers of the conference and the person that an unsubscribing link is for; None where nobody signed it."""
    try:
        conference_id, user_id = _signer.unsign_object(token)
    except (signing.BadSignature, ValueError):
        return None
    return conference_id, user_id
