"""The form: an address or a film, refused at its field and kept as typed."""

from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import User
from conferences.models import Membership, Role
from files import registry
from files.arrival import Arrival
from files.models import Upload
from files.resumable import begin_upload
from sessions.stage.actions import set_source
from sessions.stage.models import StageSource
from sessions.stage.rules import PURPOSE, may_bring_film

ADDRESS = "https://cdn.example.org/panel-2/master.m3u8"


@pytest.fixture
def address(conference, panel):
    return reverse("stage:source", args=[conference.slug, panel.pk])


@pytest.fixture
def olgas(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def arrived(panel, olga, film_bytes):
    """A film that Olga sent ahead of the form."""
    begun = begin_upload(purpose=PURPOSE, about=panel.pk, name="Opening.mp4", size=len(film_bytes), by=olga)
    arrival = Arrival(begun, at=0)
    arrival.open()
    arrival.write(film_bytes)
    arrival.end(whole=True)
    return begun


def test_an_address_is_set(olgas, address, panel):
    answer = olgas.post(address, {"hls_url": f" {ADDRESS} ", "title": "Opening", "repeats": "on"})
    assert (answer.status_code, answer["Location"]) == (302, panel.get_absolute_url())
    source = StageSource.objects.get()
    assert (source.session, source.hls_url, source.title, source.repeats) == (panel, ADDRESS, "Opening", True)


def test_a_film_is_stored_and_set(olgas, address, panel, film, film_bytes, olga):
    assert olgas.post(address, {"film": film}).status_code == 302
    upload = StageSource.objects.get().upload
    assert (upload.name, upload.size, upload.owner) == ("Opening.mp4", len(film_bytes), olga)


def test_a_film_takes_the_place_of_the_address_in_the_form(olgas, address, picture, film):
    assert olgas.post(address, {"hls_url": ADDRESS, "film": film}).status_code == 302
    picture.refresh_from_db()
    assert (picture.hls_url, picture.upload.name) == ("", "Opening.mp4")


def test_a_films_words_change_without_sending_it_again(olgas, address, panel, stored, olga):
    upload = stored(olga)
    set_source(panel.pk, upload_id=upload.pk, by=olga)
    assert olgas.post(address, {"title": "The opening film"}).status_code == 302
    source = StageSource.objects.get()
    assert (source.upload, source.title) == (upload, "The opening film")


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"hls_url": "http://cdn.example.org/live.m3u8"}, "hls_url", "begins with https://"),
        ({"hls_url": "https://www.youtube.com/watch?v=1"}, "hls_url", "ends in .m3u8"),
        ({"hls_url": "https://a/" + "b" * 500 + ".m3u8"}, "hls_url", "This address is too long."),
        ({}, "hls_url", "Give an address, or choose a film below."),
    ],
)
def test_a_wrong_address_is_told_at_its_field_and_kept(olgas, address, typed, field, words):
    answer = olgas.post(address, {"title": "My words", **typed})
    assert answer.status_code == 400
    form = answer.context["form"]
    assert list(form.errors) == [field]
    assert words in form.errors[field][0]
    assert 'value="My words"' in answer.text
    assert typed.get("hls_url", "") in answer.text
    assert not StageSource.objects.exists()


@pytest.mark.parametrize(
    "content", [b"<!doctype html><script>alert(1)</script>", b"\0\0\0\x18ftypmp42nothing", b"%PDF-1.7"]
)
def test_what_is_no_film_is_refused_at_its_field(olgas, address, content):
    answer = olgas.post(address, {"title": "My words", "film": SimpleUploadedFile("a.mp4", content, "video/mp4")})
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["film"]
    assert 'value="My words"' in answer.text
    assert not Upload.objects.exists()


def test_a_film_that_is_too_large_is_refused(olgas, address, film, film_bytes, monkeypatch):
    smaller = replace(registry.resumable_for(PURPOSE), largest=len(film_bytes) - 1)
    monkeypatch.setitem(registry._resumable, PURPOSE, smaller)
    answer = olgas.post(address, {"film": film})
    assert "at most" in answer.context["form"].errors["film"][0]


def test_both_a_new_address_and_a_film_are_too_much(olgas, address, film):
    answer = olgas.post(address, {"hls_url": ADDRESS, "film": film})
    assert answer.context["form"].errors == {"film": ["Give either an address or a film, not both."]}


def test_the_picture_is_taken_away(olgas, address, conference, picture, panel):
    assert "Take it away" in olgas.get(address).text
    answer = olgas.post(reverse("stage:clear", args=[conference.slug, panel.pk]))
    assert (answer.status_code, answer["Location"]) == (302, panel.get_absolute_url())
    assert not StageSource.objects.exists()


def test_others_who_may_enter_are_told_that_they_may_not(client, address, ada, film):
    client.force_login(ada)
    assert client.get(address).status_code == 403
    assert client.post(address, {"film": film}).status_code == 403
    assert not Upload.objects.exists()


def test_eve_cannot_tell_the_form_from_none(client, conference, address, panel, eve):
    client.force_login(eve)
    none = reverse("stage:source", args=[conference.slug, panel.pk + 1])
    assert [client.get(it).status_code for it in (address, none)] == [404, 404]
    assert client.post(address, {"hls_url": ADDRESS}).status_code == 404


def test_a_session_has_one_address_only(olgas, panel):
    assert olgas.get(reverse("stage:source", args=["another", panel.pk])).status_code == 404


def test_a_visitor_signs_in_first(client, address):
    assert client.get(address)["Location"] == f"{reverse('account_login')}?next={address}"


def test_taking_the_picture_away_after_the_sign_in_ended_leads_back_to_the_form(client, address, conference, panel):
    clear = reverse("stage:clear", args=[conference.slug, panel.pk])
    answer = client.post(clear, headers={"Referer": f"http://testserver{address}"})
    assert answer["Location"] == f"{reverse('account_login')}?next={address}"


def test_a_film_that_arrived_before_the_form_is_set(olgas, address, arrived, panel, film_bytes, olga):
    assert olgas.post(address, {"film-arrived": arrived.public_id}).status_code == 302
    upload = StageSource.objects.get().upload
    assert (upload.name, upload.size, upload.owner) == ("Opening.mp4", len(film_bytes), olga)
    # Sent twice, as by a double click.
    assert olgas.post(address, {"film-arrived": arrived.public_id}).status_code == 302
    assert StageSource.objects.get().upload == upload


def test_and_stays_with_a_form_that_is_put_right(olgas, address, arrived):
    answer = olgas.post(address, {"hls_url": ADDRESS, "film-arrived": arrived.public_id})
    assert answer.context["form"].errors == {"film": ["Give either an address or a film, not both."]}
    assert f'name="film-arrived" value="{arrived.public_id}"' in answer.text
    assert "choose it again" not in answer.text
    assert olgas.post(address, {"film-arrived": arrived.public_id}).status_code == 302


@pytest.mark.parametrize("public_id", ["x" * 43, "x" * 44, "é"])
def test_what_did_not_arrive_is_told_at_its_field(olgas, address, public_id):
    answer = olgas.post(address, {"title": "My words", "film-arrived": public_id})
    assert answer.status_code == 400
    assert "Choose the file again." in answer.context["form"].errors["film"][0]
    assert not StageSource.objects.exists()


def test_a_film_that_somebody_else_sent_ahead_is_not_there(client, address, arrived, conference):
    pia = User.objects.create_user("pia@example.org", name="Pia")
    Membership.objects.create(conference=conference, user=pia, role=Role.ORGANISER)
    client.force_login(pia)
    assert client.post(address, {"film-arrived": arrived.public_id}).status_code == 400
    assert not StageSource.objects.exists()


def test_only_whoever_organises_the_session_sends_a_film_ahead(panel, olga, ada, eve):
    assert may_bring_film(olga, panel.pk)
    assert not any(may_bring_film(user, panel.pk) for user in (ada, eve))
    assert not any(may_bring_film(olga, about) for about in (None, panel.pk + 1))
