"""What the desk tells delegations: to whom it comes, who may acknowledge it, and what the desk sees of that."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from accounts.signals import asked_for_data
from conferences.models import Membership, Role
from outbox.errors import Invalid, NotAllowed, NotThere, WrongMove
from outbox.reading import snapshot
from outbox.registry import kind_of
from sessions.floor.actions.desk import take_desk
from sessions.floor.actions.notices import acknowledge_notice, send_notice
from sessions.floor.actions.rehearsing import begin_rehearsal
from sessions.floor.models import Notice, Phrase
from sessions.floor.rules import may_read_notices
from sessions.programme.actions import end_session
from sessions.programme.models import State as SessionState

pytestmark = pytest.mark.django_db


def topics(floor, *delegations):
    return [f"session.{floor.pk}.notices", *(f"session.{floor.pk}.notices.{each.pk}" for each in delegations)]


def may_follow(topic, user) -> bool:
    kind, numbers = kind_of(topic)
    return kind.may_follow(user, **numbers)


def kept_about(user) -> dict:
    return dict(answer for _receiver, answer in asked_for_data.send(sender=None, user=user))


# Sending


def test_one_delegation_is_told_and_the_desk_sees_when_it_was_read(floor, fiji, finland, chen, nina, followed):
    with followed(*topics(floor, fiji, finland)) as events:
        (notice,) = send_notice(floor.pk, fiji.pk, phrase=Phrase.COME, by=chen)
    assert {event.topic_id for event in events} == set(topics(floor, fiji))
    with followed(*topics(floor, fiji, finland)) as events:
        acknowledge_notice(notice.pk, by=nina)
    assert {event.name for event in events} == {"notice.acknowledged"}
    notice.refresh_from_db()
    assert notice.acknowledged_by == nina
    (card,) = snapshot(topics(floor)[0]).cards.values()
    assert (card["acknowledged_by"], card["delegation"]["country"]) == ("Nina", "FJ")


def test_all_that_are_on_the_list_are_told_once_each(
    floor, statements, fiji, finland, ghana, conference, chen, followed
):
    conference.delegations.create(country="IN", name="India", position=4)
    with followed(*topics(floor, fiji, finland, ghana)):
        sent = send_notice(floor.pk, None, text="We begin five minutes later.", by=chen)
    assert [notice.delegation for notice in sent] == [fiji, finland, ghana]


def test_a_phrase_is_read_in_each_readers_language(floor, fiji, chen):
    send_notice(floor.pk, fiji.pk, phrase=Phrase.SLOWER, text="Channel 3", by=chen)
    (card,) = snapshot(topics(floor, fiji)[1]).cards.values()
    assert set(card["phrase"]) == {"en", "id", "ar"}
    with override("id"):
        assert card["phrase"]["id"] == str(Phrase.SLOWER.label)
    assert card["phrase"]["id"] != card["phrase"]["en"]
    assert card["text"] == "Channel 3"


def test_the_deputy_tells_while_the_chair_holds_the_desk(floor, fiji, chen, dev):
    take_desk(floor.pk, by=chen)
    (notice,) = send_notice(floor.pk, fiji.pk, phrase=Phrase.DESK, by=dev)
    assert notice.sent_by == dev
    floor.refresh_from_db()
    assert floor.desk_holder == chen


@pytest.mark.parametrize("text", ["", "  \n "])
def test_nothing_is_not_told(floor, fiji, chen, text):
    with pytest.raises(Invalid) as refused:
        send_notice(floor.pk, fiji.pk, text=text, by=chen)
    assert set(refused.value.fields) == {"text"}


def test_a_text_has_a_length_and_is_one_line(floor, fiji, chen):
    with pytest.raises(Invalid):
        send_notice(floor.pk, fiji.pk, text="x" * 301, by=chen)
    (notice,) = send_notice(floor.pk, fiji.pk, text=" Please\n\nwait ", by=chen)
    assert notice.text == "Please wait"


def test_there_must_be_somebody_to_tell(floor, chen):
    for nobody in (None, 10**6):
        with pytest.raises(Invalid) as refused:
            send_notice(floor.pk, nobody, text="Hello", by=chen)
        assert set(refused.value.fields) == {"delegation"}


def test_a_delegation_of_another_conference_is_nobody(floor, chen, fiji):
    conference = fiji.conference
    conference.pk, conference.slug = None, "other"
    conference.save()
    stranger = conference.delegations.create(country="FR", name="France", position=1)
    with pytest.raises(Invalid):
        send_notice(floor.pk, stranger.pk, text="Hello", by=chen)


def test_nobody_else_tells(floor, fiji, ben, ada, olga, eve, client):
    for nobody in (ben, ada):
        with pytest.raises(NotAllowed):
            send_notice(floor.pk, fiji.pk, text="Hello", by=nobody)
    with pytest.raises(NotThere):
        send_notice(floor.pk, fiji.pk, text="Hello", by=eve)
    assert not Notice.objects.exists()


def test_in_a_rehearsal_and_after_the_end_nobody_is_told_anything(floor, fiji, chen):
    session = floor.session
    session.state, session.went_live_at = SessionState.SCHEDULED, None
    session.save()
    begin_rehearsal(floor.pk, by=chen)
    with pytest.raises(WrongMove):
        send_notice(floor.pk, fiji.pk, text="Hello", by=chen)
    floor.refresh_from_db()
    floor.rehearsed_since = None
    floor.save()
    session.state = SessionState.LIVE
    session.save()
    end_session(floor.pk, by=chen)
    with pytest.raises(WrongMove):
        send_notice(floor.pk, fiji.pk, text="Hello", by=chen)


# Reading


@pytest.fixture
def notice(floor, fiji, chen):
    return send_notice(floor.pk, fiji.pk, phrase=Phrase.BE_READY, by=chen)[0]


def test_the_first_who_acknowledges_stands(floor, fiji, notice, ben, nina, followed):
    acknowledge_notice(notice.pk, by=ben)
    with followed(*topics(floor, fiji), changes=False):
        acknowledge_notice(notice.pk, by=nina)
    notice.refresh_from_db()
    assert notice.acknowledged_by == ben


def test_whoever_is_not_of_the_delegation_cannot_tell_it_from_none(notice, vera, chen, eve, client):
    for stranger in (vera, chen, eve):
        with pytest.raises(NotThere):
            acknowledge_notice(notice.pk, by=stranger)
    with pytest.raises(NotThere):
        acknowledge_notice(10**6, by=vera)


def test_only_its_people_follow_what_a_delegation_is_told_and_only_the_desk_all_of_it(
    floor, notice, fiji, ben, nina, vera, chen, olga, eve
):
    at_desk, own = topics(floor, fiji)
    assert [may_follow(own, each) for each in (ben, nina)] == [True, True]
    assert [may_follow(own, each) for each in (vera, chen, eve)] == [False, False, False]
    assert [may_follow(at_desk, each) for each in (chen, ben, eve)] == [True, False, False]


def test_whoever_leaves_a_delegation_reads_no_more(notice, floor, fiji, nina):
    Membership.objects.filter(user=nina).update(role=Role.PARTICIPANT, delegation=None)
    assert not may_read_notices(nina, floor.session, fiji.pk)


# Pages


def hall_of(client, session, user):
    client.force_login(user)
    return client.get(session.get_absolute_url()).content.decode()


@pytest.mark.page
def test_a_delegate_reads_it_on_the_sessions_page_and_answers_by_a_plain_form(client, floor, notice, ben):
    page = hall_of(client, floor.session, ben)
    assert "Please be ready at your microphone." in page
    speak = reverse("floor:speak", args=[floor.session.conference.slug, floor.pk])
    answer = client.post(
        speak, {"acknowledge": notice.pk, "command_id": "6f1bfc1e-6d6a-4c5e-9c1b-4a1f0f1d2c3b"}, follow=True
    )
    assert "The desk sees that you have read it." in answer.content.decode()
    notice.refresh_from_db()
    assert notice.acknowledged_by == ben


@pytest.mark.page
def test_it_stands_on_the_text_page_too(client, floor, notice, nina):
    client.force_login(nina)
    text = client.get(reverse("floor:text", args=[floor.session.conference.slug, floor.pk])).content.decode()
    assert "Please be ready at your microphone." in text
    assert f'name="acknowledge" value="{notice.pk}"' in text


@pytest.mark.page
def test_nobody_else_reads_it(client, floor, notice, vera, ada, chen):
    for other in (vera, ada, chen):
        assert "Please be ready at your microphone." not in hall_of(client, floor.session, other)


@pytest.mark.page
def test_whoever_has_the_floor_next_is_told_unless_another_is_chosen(client, floor, statements, fiji, chen):
    client.force_login(chen)
    ask = reverse("floor:console_ask", args=[floor.session.conference.slug, floor.pk, "notice", 0])
    assert f'<option value="{fiji.pk}" selected>' in client.get(ask).content.decode()


@pytest.mark.page
def test_the_desk_tells_by_plain_forms_and_keeps_what_was_typed(client, floor, fiji, chen):
    client.force_login(chen)
    args = [floor.session.conference.slug, floor.pk]
    ask = reverse("floor:console_ask", args=[*args, "notice", 0])
    assert "Tell a delegation" in client.get(ask).content.decode()
    form = {
        "delegation_id": fiji.pk,
        "phrase": "",
        "text": "x" * 301,
        "command_id": "6f1bfc1e-6d6a-4c5e-9c1b-4a1f0f1d2c3b",
    }
    refused = client.post(ask, {**form, "rev": 0})
    assert refused.status_code == 422
    assert "x" * 301 in refused.content.decode()
    sent = client.post(ask, {**form, "rev": 0, "text": "Channel 3, please"}, follow=True)
    page = sent.content.decode()
    assert "Channel 3, please" in page
    assert "Not read yet" in page


def test_whoever_asks_what_is_kept_about_them_finds_what_they_sent_and_read(floor, notice, ben, chen):
    acknowledge_notice(notice.pk, by=ben)
    (sent,), (read,) = (kept_about(each)["notices_to_delegations"] for each in (chen, ben))
    assert (sent["delegation"], sent["sent_by_you_at"], sent["read_by_you_at"]) == ("Fiji", notice.sent_at, None)
    assert read["sent_by_you_at"] is None
    assert read["read_by_you_at"] is not None
