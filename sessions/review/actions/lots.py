"""The lot: bound to a seed in public before it is drawn, and worked out again by anybody after."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.rules import Person
from conferences.texts import told_to_all
from outbox.changes import action, record
from outbox.errors import WrongMove
from sessions.review import lot
from sessions.review.actions.steps import organised_review, settle
from sessions.review.models import LotDraw
from sessions.review.orders import ballot
from sessions.review.queries import slots_of


@action
def commit_lot(session_id: int, *, by: Person) -> LotDraw:
    """Publishes the commitment to a seed that nobody has seen. One that is published stays.

    Raises NotThere, SignInFirst, NotAllowed, and WrongMove once the session was live.
    """
    review = organised_review(session_id, by)
    found = LotDraw.objects.filter(review=review).first()
    if found is not None:
        return found
    if review.frozen_at is not None:
        raise WrongMove(_("The session was live: order and time are fixed."))
    record("lot.committed", review)
    seed = lot.new_seed()
    return LotDraw.objects.create(
        review=review, seed=seed, commitment=lot.commitment_of(seed), committed_at=timezone.now()
    )


@action
def draw_lot(session_id: int, *, by: Person) -> LotDraw:
    """Draws who begins, among all that have a slot, reveals the seed and puts the statements into order.

    One that is drawn stays. Raises as `commit_lot`, and WrongMove before the commitment or without delegations.
    """
    review = organised_review(session_id, by)
    found = LotDraw.objects.filter(review=review).first()
    if found is None:
        raise WrongMove(_("Publish the commitment first: it binds the draw before anybody knows the list."))
    if found.drawn_at is not None:
        return found
    if review.frozen_at is not None:
        raise WrongMove(_("The session was live: order and time are fixed."))
    listed = ballot([slot.delegation for slot in slots_of(review.pk)], review.order_language)
    if not listed:
        raise WrongMove(_("Invite delegations first: there is nobody to draw."))
    record("lot.drawn", review)
    found.lines = [line for _delegation, line in listed]
    found.index = lot.drawn(found.seed, found.lines)
    found.delegation = listed[found.index][0]
    found.drawn_at, found.drawn_by_id = timezone.now(), by.pk
    found.save()
    settle(review, words=told_to_all(_("The lot was drawn.")), by=by)
    return found
