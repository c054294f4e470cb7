"""Letters are in a conference's own words or the program's, and leave as they were previewed."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from conferences.models import Rank
from mail.actions import record_bounce
from mail.models import OutgoingMail, State
from outbox.errors import Invalid, NotAllowed, NotThere
from registration.actions import move_application
from registration.letter_actions import NEEDED, reset_letter, set_letter
from registration.letters import LETTERS, Words, came_back, language_for, programs_words, written
from registration.models import Application, LetterTemplate, Status
from registration.placeholders import OF_AN_APPLICATION, fill, problem_in

pytestmark = pytest.mark.django_db

OWN = Words("{acronym}: welcome, {name}", "Dear {title} {name},\n\nYou come as {category}.\n\nWay in: {entry_code}")


@pytest.fixture
def ana(press, apply):
    """Has shown the address to be hers, and waits for the secretariat."""
    applied = apply(press, "Ana")
    Application.objects.filter(pk=applied.pk).update(confirmed_at=timezone.now(), honorific="H.E. Ms")
    return Application.objects.select_related("user", "conference", "category").get(pk=applied.pk)


def address(*more, of="registration:letter"):
    return reverse(of, args=["icdd", *more])


# Filling in


def test_known_names_in_braces_are_filled_in_once_and_nothing_else_is():
    text = "{name}, {{name}}, {reason}"
    assert fill(text, {"name": "{reason} {0.__class__}", "reason": "%s{{"}) == "{reason} {0.__class__}, {name}, %s{{"


def test_a_paragraph_in_which_nothing_could_be_filled_in_is_left_out():
    text = "Dear {name},\n\nThe reason:\n{reason}\n  \n\n\nNo names here.\n\n{title} {name}"
    assert fill(text, {"name": "Ana", "reason": "", "title": ""}) == "Dear Ana,\n\nNo names here.\n\nAna"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Dear {title} {name},", "Dear Ana  María,"),
        ("{title} {name}", "Ana  María"),
        ("{name} {title}, {function}.", "Ana  María,."),
        ("{title} {function} {name}\n{title}\nx", "Ana  María\n\nx"),
        ("({title}) {name}", "() Ana  María"),
    ],
)
def test_an_empty_placeholder_leaves_no_gap_and_a_name_stays_as_it_was_written(text, read):
    assert fill(text, {"name": "Ana  María", "title": "", "function": ""}) == read


@pytest.mark.parametrize(
    "text",
    ["{nmae}", "{}", "{0}", "{name!r}", "{name:>10}", "{name.__class__}", "{name", "name}", "{ name }", "{{{name"],
)
def test_unknown_and_broken_placeholders_are_found(text):
    assert problem_in(text, OF_AN_APPLICATION)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{name}{reason}",
        "{{name}}",
        "{{{name}}}",
        "{{{name}",
        "a {{ b }} c",
        "{% load x %}".replace("{", "{{").replace("}", "}}"),
    ],
)
def test_whole_placeholders_and_doubled_braces_are_no_problem(text):
    assert problem_in(text, OF_AN_APPLICATION) is None


@pytest.mark.parametrize("name", LETTERS)
@pytest.mark.parametrize("language", ["en", "id", "ar"])
def test_the_programs_words_would_be_taken_as_a_conferences_own(conference, olga, name, language):
    """So whoever begins from them can save them."""
    words = programs_words(name, language)
    set_letter(conference.pk, name, language, words=words, by=olga)
    kept = LetterTemplate.objects.get()
    assert (kept.subject, kept.text) == (words.subject, words.text.strip())


@pytest.mark.parametrize(
    ("rank", "language", "begins"),
    [
        (Rank.HEAD_OF_STATE, "en", "Excellency,\n"),
        (Rank.MINISTER, "en", "Excellency,\n"),
        (Rank.AMBASSADOR, "en", "Excellency,\n"),
        (Rank.SENIOR_OFFICIAL, "en", "Dear Ana,\n"),
        (Rank.NONE, "id", "Yang terhormat Ana,\n"),
    ],
)
def test_a_letter_addresses_its_reader_by_rank(ana, rank, language, begins):
    ana.rank = rank
    assert written(programs_words(Status.APPROVED, language), ana, language).text.startswith(begins)


# A conference's own words


def test_own_words_leave_from_the_next_letter_on(conference, olga, ana, mailoutbox):
    set_letter(conference.pk, "approved", "en", words=OWN, by=olga)
    mailoutbox.clear()
    move_application(ana.pk, to=Status.APPROVED, by=olga)
    [mail] = mailoutbox
    assert (mail.subject, mail.body) == ("ICDD: welcome, Ana", "Dear H.E. Ms Ana,\n\nYou come as Press.\n")
    assert LogEntry.objects.filter(user=olga, object_repr="approved (en)").exists()


def test_a_reader_gets_own_words_in_the_language_they_chose(conference, olga, ana, mailoutbox):
    ana.user.language = "id"
    ana.user.save()
    set_letter(conference.pk, "approved", "id", words=Words("Selamat", "Halo {name}\n{entry_code}"), by=olga)
    set_letter(conference.pk, "approved", "en", words=OWN, by=olga)
    mailoutbox.clear()
    move_application(ana.pk, to=Status.APPROVED, by=olga)
    assert mailoutbox[0].subject == "Selamat"


def test_what_the_application_says_of_the_language_counts_where_its_person_chose_none(ana):
    ana.language, ana.conference.languages = "fr", ["ar", "fr"]
    assert language_for(ana, {"en", "fr", "ar"}) == "fr"
    assert language_for(ana, {"en", "ar"}) == "ar"
    ana.user.language = "en"
    assert language_for(ana, {"en", "fr", "ar"}) == "en"
    assert language_for(ana, {"km"}) == "km"


def test_a_conference_may_write_in_a_language_that_the_site_does_not_speak(conference, olga, ana, mailoutbox):
    conference.languages = ["fr", "en"]
    conference.save()
    set_letter(conference.pk, "approved", "fr", words=Words("Bienvenue", "Bonjour {name}\n{entry_code}"), by=olga)
    mailoutbox.clear()
    move_application(ana.pk, to=Status.APPROVED, by=olga)
    assert mailoutbox[0].subject == "Bienvenue"


def test_back_to_the_programs_words(conference, olga, ana, mailoutbox):
    set_letter(conference.pk, "approved", "en", words=OWN, by=olga)
    reset_letter(conference.pk, "approved", "en", by=olga)
    reset_letter(conference.pk, "approved", "en", by=olga)
    mailoutbox.clear()
    move_application(ana.pk, to=Status.APPROVED, by=olga)
    assert mailoutbox[0].subject == "ICDD: you are registered"


@pytest.mark.parametrize(("name", "placeholders"), NEEDED.items())
def test_a_letter_that_could_not_do_what_it_is_for_is_refused(conference, olga, name, placeholders):
    with pytest.raises(Invalid) as refused:
        set_letter(conference.pk, name, "en", words=Words("Hello", "Dear {name}"), by=olga)
    assert placeholders[0][0] in str(refused.value.fields["text"])
    set_letter(conference.pk, name, "en", words=Words("Hello", f"Dear {{{placeholders[0][0]}}}"), by=olga)


def test_only_the_secretariat_writes_and_only_letters_that_there_are(conference, olga, ben, eve):
    for person in (ben, eve):
        with pytest.raises(NotAllowed):
            set_letter(conference.pk, "approved", "en", words=OWN, by=person)
        with pytest.raises(NotAllowed):
            reset_letter(conference.pk, "approved", "en", by=person)
    for name, language in (("draft", "en"), ("approved", "xx"), ("../x", "en")):
        with pytest.raises(NotThere):
            set_letter(conference.pk, name, language, words=OWN, by=olga)
    assert not LetterTemplate.objects.exists()


# The way in


def test_who_has_not_shown_the_address_to_be_theirs_gets_a_way_in_and_others_none(public, apply, eve, mailoutbox):
    apply(public, "Ana")
    apply(public, "Eve", by=eve)
    stranger, known = (mail.body for mail in mailoutbox)
    assert re.search(r"/account/enter/\S+", stranger)
    assert re.search(r"^\d{4}-\d{4}$", stranger, re.MULTILINE)
    assert "/account/enter/" not in known
    assert not re.search(r"\d{4}-\d{4}$", known, re.MULTILINE)
    assert "sign in with this mail address" in known


# Pages


def test_the_preview_for_a_real_person_is_what_leaves(client, conference, olga, ana, mailoutbox):
    client.force_login(olga)
    page = address("approved", "en")
    words = {"subject": OWN.subject, "text": OWN.text.replace("\n", "\r\n")}
    seen = client.post(page, {**words, "preview": "1", "person": "ana@example"}).context["seen"]
    assert not LetterTemplate.objects.exists()
    assert client.post(page, words).status_code == 302
    mailoutbox.clear()
    move_application(ana.pk, to=Status.APPROVED, by=olga)
    assert (mailoutbox[0].subject, mailoutbox[0].body) == (seen.subject, seen.text)


def test_a_preview_makes_no_way_in(client, olga, public, apply):
    apply(public, "Bo")
    passes = Application.objects.get().user.entry_passes.count()
    client.force_login(olga)
    shown = client.post(
        address("approved", "en"), {"subject": "S", "text": "{entry_address} {entry_code}", "preview": "1"}
    )
    assert "/account/enter/…/ 1234-5678" in shown.text
    assert Application.objects.get().user.entry_passes.count() == passes


def test_markup_in_words_and_names_is_shown_as_it_is(client, olga, ana):
    Application.objects.update(name="<b>Ana</b>{{ 7|add:7 }}")
    client.force_login(olga)
    text = "{name} {{{{% debug %}}}} <script>alert(1)</script> {entry_code}"
    page = client.post(address("approved", "en"), {"subject": "S", "text": text, "preview": "1"}).text
    assert "&lt;b&gt;Ana&lt;/b&gt;{{ 7|add:7 }}" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_a_wrong_placeholder_comes_back_beside_the_text_with_all_that_was_typed(client, olga, conference):
    client.force_login(olga)
    page = client.post(address("approved", "en"), {"subject": "Hi {nam}", "text": "Dear {name} {entry_code} {"})
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"subject", "text"}
    assert "There is no placeholder {nam}" in page.text
    assert "Dear {name} {entry_code} {" in page.text
    assert not LetterTemplate.objects.exists()


def test_the_editor_begins_with_the_programs_words_and_lists_what_can_be_filled_in(client, olga, conference):
    client.force_login(olga)
    page = client.get(address("rejected", "id"))
    assert page.context["form"]["text"].value() == programs_words("rejected", "id").text
    assert all(placeholder.written in page.text for placeholder in OF_AN_APPLICATION)


def test_a_preview_with_nobody_to_show_it_for_says_so(client, olga, conference):
    client.force_login(olga)
    page = client.post(address("approved", "en"), {"subject": "S", "text": "{entry_code}", "preview": "1"})
    assert page.context["form"].errors["person"] == ["Nobody has applied yet."]


def test_each_languages_page_marks_and_resets_its_own_language(client, olga, conference):
    set_letter(conference.pk, "approved", "ar", words=OWN, by=olga)
    client.force_login(olga)
    page = client.get(address("approved", "ar")).text
    assert f'href="{address("approved", "ar")}" aria-current="page"' in page
    assert f'action="{address("approved", "ar", of="registration:reset_letter")}"' in page


def test_the_list_says_which_letters_are_in_own_words(client, olga, conference):
    set_letter(conference.pk, "approved", "en", words=OWN, by=olga)
    client.force_login(olga)
    assert client.get(address(of="registration:letters")).text.count("your own words)") == 1
    assert client.post(address("approved", "en", of="registration:reset_letter")).status_code == 302
    assert "your own words)" not in client.get(address(of="registration:letters")).text


def test_the_pages_are_for_the_secretariat(client, conference, ben):
    pages = [address(of="registration:letters"), address("approved", "en"), address(of="registration:write_mailing")]
    assert {client.get(page).status_code for page in pages} == {302}
    client.force_login(ben)
    assert {client.get(page).status_code for page in pages} == {403}


# What came back


def test_the_secretariat_sees_of_an_application_what_did_not_arrive(ana):

    assert came_back(ana) is None
    OutgoingMail.objects.create(to=["ana@example.org"], from_address="s@x", subject="S", state=State.SENT)
    record_bounce(address="ana@example.org", words="550 no such user")
    assert came_back(ana).bounce_words == "550 no such user"
