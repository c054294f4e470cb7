"""A letter to many: who gets it, what it says to each, and the link by which somebody wants no more of them."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mail.actions import lost_since
from registration.letters import Letter, Words, as_message, language_for, written
from registration.models import Application, Category, Delivery, FocalPoint, Mailing, Unsubscribed

# What recipients are chosen by, and the fields of an application that say it.
CHOSEN_BY = ("status", "category", "delegation", "attendance")
# To whom a letter goes at all.
APPLICANTS, FOCAL_POINTS = "applicants", "focal_points"
# A full stop, since mail programs end a link at other signs.
_signer = signing.Signer(sep=".", salt="registration.unsubscribe")


def goes_to_focal_points(mailing: Mailing) -> bool:
    return FOCAL_POINTS in mailing.recipients.get("to", ())


def fitting(mailing: Mailing) -> QuerySet[Any]:
    """All that the mailing is meant for, with an address that its person or whoever named them answers for.

    Applications, or focal points. An empty choice is everybody. Nobody writes to an address that a stranger may have
    typed.
    """
    chosen = _chosen(mailing)
    return chosen if goes_to_focal_points(mailing) else chosen.filter(user__is_active=True, confirmed_at__isnull=False)


def _chosen(mailing: Mailing) -> QuerySet[Any]:
    delegations = mailing.recipients.get("delegation")
    if goes_to_focal_points(mailing):
        acting = FocalPoint.objects.filter(delegation__conference=mailing.conference_id, user__is_active=True)
        return acting.filter(delegation__in=delegations) if delegations else acting
    found = Application.objects.filter(conference_id=mailing.conference_id)
    for by in CHOSEN_BY:
        if chosen := mailing.recipients.get(by):
            found = found.filter(**{f"{by}__in": chosen})
    return found


def without_address_count(mailing: Mailing) -> int:
    """How many of those who are meant cannot be written to: no address is known, or nobody answers for it."""
    if goes_to_focal_points(mailing):
        return 0
    return _chosen(mailing).exclude(user__is_active=True, confirmed_at__isnull=False).count()


def recipients_of(mailing: Mailing) -> QuerySet[Any]:
    """Who gets it, one row a person, the oldest first: without those who want no such mails, if it can be."""
    found = fitting(mailing)
    if not mailing.is_essential:
        found = found.exclude(user__in=Unsubscribed.objects.filter(conference_id=mailing.conference_id).values("user"))
    later = found.filter(user=OuterRef("user"), pk__gt=OuterRef("pk"))
    return _with_all(mailing, found.filter(~Exists(later)))


def who_got_it(mailing: Mailing) -> QuerySet[Any]:
    """Whom a copy was posted to, whatever became of their applications since."""
    copies = Delivery.objects.filter(mailing=mailing)
    if goes_to_focal_points(mailing):
        return _with_all(mailing, FocalPoint.objects.filter(pk__in=copies.values("focal_point")))
    found = Application.objects.filter(pk__in=copies.values("application"), user__isnull=False)
    return _with_all(mailing, found)


def _with_all(mailing: Mailing, found: QuerySet[Any]) -> QuerySet[Any]:
    """With what their letters say of them."""
    more = (
        ("user", "delegation__conference")
        if goes_to_focal_points(mailing)
        else ("user", "category", "delegation", "conference")
    )
    return found.select_related(*more).order_by("pk")


def still_to_get(mailing: Mailing) -> QuerySet[Any]:
    """Its recipients but for those who have their copy, under whichever application."""
    whose = "focal_point__user" if goes_to_focal_points(mailing) else "application__user"
    copies = Delivery.objects.filter(mailing=mailing, **{whose: OuterRef("user")})
    return recipients_of(mailing).filter(~Exists(copies))


def named_so(mailing: Mailing, readers: QuerySet[Any], words: str) -> QuerySet[Any]:
    """Those with all these words in name or address."""
    name = "user__name" if goes_to_focal_points(mailing) else "name"
    # PostgreSQL knows no U+0000, which an address may hold as %00.
    for word in words.replace("\x00", " ").split():
        readers = readers.filter(Q(**{f"{name}__icontains": word}) | Q(user__email__icontains=word))
    return readers


def not_reached(mailing: Mailing) -> list[tuple[Application, str]]:
    """Whose copy did not arrive, and what is known of why."""
    if mailing.released_at is None:
        return []
    lost = lost_since(mailing.released_at)
    found = who_got_it(mailing).alias(address=Lower("user__email")).filter(address__in=list(lost)) if lost else ()
    readers = [as_reader(row) for row in found]
    return [(reader, lost[reader.user.email.lower()]) for reader in readers if reader.user is not None]


def copy_of(mailing: Mailing, reader: Application | FocalPoint) -> Delivery:
    if isinstance(reader, FocalPoint):
        return Delivery(mailing=mailing, focal_point=reader)
    return Delivery(mailing=mailing, application=reader)


def as_reader(row: Application | FocalPoint) -> Application:
    """What a letter asks of its reader; of a focal point as if they had an application, which is never kept."""
    if isinstance(row, Application):
        return row
    return Application(
        pk=row.pk,
        conference=row.delegation.conference,
        category=Category(name=gettext_lazy("focal point")),
        delegation=row.delegation,
        user=row.user,
        name=row.user.name or row.user.email,
        email=row.user.email,
        attendance="",
    )


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
        why = (
            _("You get this mail because you are a focal point. If you want no more mails like this one:")
            if goes_to_focal_points(mailing)
            else _("You get this mail because you applied to take part. If you want no more mails like this one:")
        )
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
