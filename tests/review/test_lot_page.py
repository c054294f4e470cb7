"""The lot’s page: the same for everybody who may enter, and nothing of the seed before the draw."""

import hashlib
import hmac
import re

import pytest
from django.test import Client
from django.urls import reverse

from sessions.programme.models import Access
from sessions.review import lot
from sessions.review.actions import lots, setting_up
from sessions.review.models import LotDraw


def client_of(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def at(review_session, conference):
    def address(name: str) -> str:
        return reverse(f"review:{name}", args=[conference.slug, review_session.pk])

    return address


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def test_it_is_for_whoever_may_enter(at, slots, review_session, olga, chen, ben, eve):
    for person in (olga, chen, ben):
        assert client_of(person).get(at("lot")).status_code == 200
    assert client_of(eve).get(at("lot")).status_code == 404
    assert Client().get(at("lot")).status_code == 302
    review_session.access = Access.PUBLIC
    review_session.save()
    assert Client().get(at("lot")).status_code == 200


def test_before_the_commitment_it_says_what_will_stand_here(at, slots, ben):
    page = words(client_of(ben).get(at("lot")))
    assert "No commitment yet" in page
    assert "The list as it stands 3" in page


def test_nothing_of_the_seed_is_anywhere_before_the_draw(at, slots, review_session, olga, ben):
    made = lots.commit_lot(review_session.pk, by=olga)
    review_session.access = Access.PUBLIC
    review_session.save()
    answers = [
        client.get(path)
        for client in (Client(), client_of(ben), client_of(olga))
        for path in (at("lot"), at("canonical"), at("set_up"), at("draw"), at("board"))
    ]
    assert any(made.commitment in answer.content.decode() for answer in answers)
    assert not any(made.seed in answer.content.decode() for answer in answers)
    # Control: afterwards it is there.
    lots.draw_lot(review_session.pk, by=olga)
    assert made.seed in client_of(ben).get(at("lot")).content.decode()


def test_the_organiser_publishes_and_draws_and_everybody_sees_it(at, slots, review_session, olga, ben):
    desk = client_of(olga)
    assert "not published yet" in words(desk.get(at("draw")))
    desk.post(at("draw"))
    assert not LotDraw.objects.exists()
    desk.post(at("commit_lot"))
    desk.post(at("commit_lot"))
    made = LotDraw.objects.get()
    page = words(client_of(ben).get(at("lot")))
    assert "The lot is not drawn yet" in page
    assert made.commitment in page
    assert "The lot falls on one of the 3 delegations" in words(desk.get(at("draw")))
    assert desk.post(at("draw")).headers["Location"] == at("lot")
    drawn = LotDraw.objects.get()
    page = words(client_of(ben).get(at("lot")))
    assert f"The lot has fallen on {drawn.delegation}" in page
    assert f"It holds: the lot falls on line {drawn.index + 1} of 3, {drawn.delegation}." in page
    # Drawn once: the page that asked leads to the lot.
    assert desk.get(at("draw")).status_code == 302
    assert desk.post(at("draw")).status_code == 302
    assert LotDraw.objects.get().seed == drawn.seed


def test_the_file_is_the_canonical_list_and_not_there_before(at, slots, review_session, olga, ben, eve):
    lots.commit_lot(review_session.pk, by=olga)
    assert client_of(ben).get(at("canonical")).status_code == 404
    drawn = lots.draw_lot(review_session.pk, by=olga)
    file = client_of(ben).get(at("canonical"))
    assert file.content == lot.canonical(drawn.lines) == b"FJ\tFiji\nFI\tFinland\nGH\tGhana\n"
    assert file.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert client_of(eve).get(at("canonical")).status_code == 404


def test_the_recipe_says_what_a_terminal_says(at, slots, review_session, olga, ben):
    lots.commit_lot(review_session.pk, by=olga)
    drawn = lots.draw_lot(review_session.pk, by=olga)
    page = client_of(ben).get(at("lot")).content.decode()
    digest = hmac.new(drawn.seed.encode(), b"FJ\tFiji\nFI\tFinland\nGH\tGhana\n", hashlib.sha256).hexdigest()
    assert hashlib.sha256(drawn.seed.encode()).hexdigest() == drawn.commitment
    assert f"{digest} *canonical.txt" in page
    assert int(digest, 16) % 3 == drawn.index


def test_a_lot_that_was_tampered_with_is_told_as_such(at, slots, review_session, olga, ben):
    lots.commit_lot(review_session.pk, by=olga)
    drawn = lots.draw_lot(review_session.pk, by=olga)
    LotDraw.objects.update(index=(drawn.index + 1) % 3)
    page = words(client_of(ben).get(at("lot")))
    assert "It does not hold" in page
    assert "It holds" not in page.replace("It holds: nobody could choose.", "")


def test_what_is_drawn_stays_when_somebody_withdraws(at, slots, review_session, olga, ben):
    lots.commit_lot(review_session.pk, by=olga)
    drawn = lots.draw_lot(review_session.pk, by=olga)
    setting_up.withdraw_slot(next(slot for slot in slots if slot.delegation_id == drawn.delegation_id).pk, by=olga)
    page = words(client_of(ben).get(at("lot")))
    assert f"The lot has fallen on {drawn.delegation}" in page
    assert "The list that it was drawn on 3" in page
