"""What an organiser sets up: categories and the forms that they ask, who works at the desks, and places."""

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from accounts.models import User
from conferences.models import Membership, Role
from conferences.texts import in_languages
from outbox.errors import Invalid, NotAllowed, NotThere, WrongMove
from outbox.models import Event
from registration import category_actions as setting_up
from registration.answers import Given, asked
from registration.desk import Lot
from registration.desk_actions import allot_places, open_paper
from registration.models import (
    Application,
    Attendance,
    Category,
    Field,
    FieldKind,
    Look,
    Post,
    Quota,
    Status,
    Wording,
    Work,
)
from registration.post_actions import add_post, remove_post
from registration.rules import may_decide

pytestmark = pytest.mark.django_db


@pytest.fixture
def sefa(conference):
    """Works in the secretariat, and organises nothing."""
    sefa = User.objects.create_user("sefa@example.org", name="Sefa")
    Post.objects.create(conference=conference, user=sefa, work=Work.SECRETARIAT)
    return sefa


@pytest.fixture
def ask(press, olga):
    """`ask("text", "Outlet")` adds a field to the form of the press."""

    def add(kind, label="Outlet", **facts):
        texts = {"en": label} if isinstance(label, str) else label
        return setting_up.add_field(press.pk, kind=kind, label=texts, by=olga, **facts)

    return add


@pytest.fixture
def meal(ask):
    return ask(FieldKind.CHOICE, "Meal", choices={"en": "Vegetarian\nFish\n\n Meat ", "id": "Vegetarian\nIkan\nDaging"})


def keys(field):
    return [choice["key"] for choice in Field.objects.get(pk=field.pk).choices]


def words(field, language="en"):
    return [choice["words"].get(language) for choice in Field.objects.get(pk=field.pk).choices]


def notes():
    return list(LogEntry.objects.order_by("pk").values_list("user__name", "object_repr", "action_flag"))


# Categories


def test_a_category_is_added_as_the_last_one_and_noted(conference, press, olga):
    added = setting_up.add_category(
        conference.pk, name={"en": "Observers", "id": "Pengamat"}, capacity="observer", needs_approval=True, by=olga
    )
    assert list(conference.categories.order_by("position")) == [press, added]
    assert in_languages(added.name) == {"en": "Observers", "id": "Pengamat"}
    assert notes() == [("Olga", "Observers", 1)]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": {}}, "name"),
        ({"capacity": "king"}, "capacity"),
        ({"opens_at": "closes_at"}, "closes_at"),
        ({"capacity": "delegate", "needs_approval": False}, "needs_approval"),
    ],
)
def test_what_does_not_fit_a_category_is_said_at_its_field(conference, olga, facts, field):
    if facts.get("opens_at"):
        facts = {"opens_at": conference.closes_at, "closes_at": conference.opens_at}
    given = {"name": {"en": "Observers"}, "capacity": "observer", **facts}
    with pytest.raises(Invalid) as refused:
        setting_up.add_category(conference.pk, by=olga, **given)
    assert set(refused.value.fields) == {field}
    assert not Category.objects.exists()


def test_a_category_in_which_somebody_applied_stays(press, apply, olga):
    apply(press, "Ana")
    setting_up.change_category(press.pk, is_listed=False, by=olga)
    with pytest.raises(WrongMove):
        setting_up.remove_category(press.pk, by=olga)
    assert Category.objects.get() == press


def test_an_empty_category_goes_with_its_form_and_places(press, quota, conference, ask, olga):
    quota(conference, 5, category=press)
    ask(FieldKind.TEXT)
    # As long as the public sees it, somebody may have its form open.
    with pytest.raises(WrongMove):
        setting_up.remove_category(press.pk, by=olga)
    setting_up.change_category(press.pk, is_listed=False, by=olga)
    setting_up.remove_category(press.pk, by=olga)
    of_it = Quota.objects.filter(category__isnull=False)
    assert (Category.objects.count(), Field.objects.count(), of_it.count()) == (0, 0, 0)


def test_who_applied_without_a_delegation_is_not_made_a_delegate(press, apply, olga):
    apply(press, "Ana")
    with pytest.raises(Invalid) as refused:
        setting_up.change_category(press.pk, capacity="delegate", by=olga)
    assert set(refused.value.fields) == {"capacity"}
    setting_up.change_category(press.pk, capacity="observer", by=olga)
    assert Category.objects.get().capacity == "observer"


def test_categories_are_moved_up_and_down(conference, public, press, olga):
    setting_up.move_category(press.pk, up=True, by=olga)
    assert list(conference.categories.order_by("position")) == [press, public]
    setting_up.move_category(press.pk, up=True, by=olga)
    setting_up.move_category(press.pk, up=False, by=olga)
    assert list(conference.categories.order_by("position")) == [public, press]


@pytest.mark.parametrize("name", ["sefa", "ben", "eve"])
def test_only_organisers_set_up_categories_and_forms(conference, press, meal, sefa, ben, eve, name):
    person = {"sefa": sefa, "ben": ben, "eve": eve}[name]
    attempts = [
        lambda: setting_up.add_category(conference.pk, name={"en": "X"}, capacity="press", by=person),
        lambda: setting_up.change_category(press.pk, is_listed=False, by=person),
        lambda: setting_up.remove_category(press.pk, by=person),
        lambda: setting_up.move_category(press.pk, up=True, by=person),
        lambda: setting_up.add_field(press.pk, kind="text", label={"en": "X"}, by=person),
        lambda: setting_up.change_field(meal.pk, is_required=True, by=person),
        lambda: setting_up.remove_field(meal.pk, by=person),
        lambda: setting_up.move_field(meal.pk, up=True, by=person),
        lambda: add_post(conference.pk, email="x@example.org", name="X", work="door", by=person),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt()
    assert (Category.objects.count(), Field.objects.count(), Post.objects.count()) == (1, 1, 1)


def test_a_category_that_is_not_listed_is_not_there_for_a_stranger(delegates, olga, eve):
    with pytest.raises(NotThere):
        setting_up.change_category(delegates.pk, is_listed=True, by=eve)
    setting_up.change_category(delegates.pk, is_listed=True, by=olga)


def test_an_organiser_of_another_conference_sets_up_nothing_here(press, ben):
    from conferences.models import Conference  # noqa: PLC0415

    now = press.conference
    other = Conference.objects.create(
        slug="other", acronym="O", name="Other", opens_at=now.opens_at, closes_at=now.closes_at
    )
    Membership.objects.filter(user=ben).delete()
    Membership.objects.create(conference=other, user=ben, role=Role.ORGANISER)
    with pytest.raises(NotAllowed):
        setting_up.remove_category(press.pk, by=ben)


# Fields


def test_a_form_is_asked_in_its_order(press, ask, olga):
    first, second, third = ask("text", "A"), ask("date", "B"), ask("photo", "C", is_sensitive=True)
    assert asked(press) == [first, second, third]
    setting_up.move_field(third.pk, up=True, by=olga)
    setting_up.move_field(first.pk, up=False, by=olga)
    assert asked(press) == [third, first, second]


def test_a_field_nobody_answered_is_gone_and_one_that_was_answered_is_retired(press, ask, apply, olga):
    unanswered, answered = ask("text", "A"), ask("text", "B")
    made = apply(press, "Ana", answers=[Given(answered.pk, "The Fiji Times")])
    # Somebody may have the form open with an answer typed into it.
    being_answered = ask("text", "C")
    assert setting_up.remove_field(being_answered.pk, by=olga) == being_answered
    apply(press, "Bo", answers=[Given(being_answered.pk, "Nothing is lost.")])
    setting_up.change_category(press.pk, closes_at=timezone.now(), by=olga)
    assert setting_up.remove_field(unanswered.pk, by=olga) is None
    assert setting_up.remove_field(answered.pk, by=olga) == answered
    assert asked(press) == []
    assert [(answer.field, answer.words) for answer in made.answers.all()] == [(answered, "The Fiji Times")]
    with pytest.raises(WrongMove):
        setting_up.change_field(answered.pk, label={"en": "D"}, by=olga)


@pytest.mark.parametrize(
    ("kind", "facts", "field"),
    [
        ("essay", {}, "kind"),
        ("text", {"label": {}}, "label"),
        ("text", {"label": {"en": "x" * 201}}, "label"),
        ("text", {"is_sensitive": True}, "is_sensitive"),
        ("text", {"kept_for_days": 5000}, "kept_for_days"),
        ("choice", {}, "choices"),
        ("choice", {"choices": {"en": "One"}}, "choices"),
        ("choice", {"choices": {"en": "One\none"}}, "choices"),
        ("choice", {"choices": {"en": "One\nTwo", "id": "Satu"}}, "choices"),
        ("choice", {"choices": {"en": "\n".join(map(str, range(201)))}}, "choices"),
        ("choice", {"choices": {"en": "a\n" + "b" * 201}}, "choices"),
    ],
)
def test_what_does_not_fit_a_field_is_said_where_it_is_wrong(ask, kind, facts, field):
    with pytest.raises(Invalid) as refused:
        ask(kind, **facts)
    assert set(refused.value.fields) == {field}
    assert not Field.objects.exists()


# A consent


def test_a_consent_whose_words_change_is_a_new_version_and_the_old_words_are_kept(press, ask, apply, olga):
    consent = ask(FieldKind.CONSENT, "My photo may be published.", is_required=True)
    first = apply(press, "Ana", answers=[Given(consent.pk, "yes")])
    setting_up.change_field(consent.pk, label={"en": "My photo and film may be published."}, by=olga)
    second = apply(press, "Bo", answers=[Given(consent.pk, "yes")])

    def agreed_to(application):
        answer = application.answers.get()
        return str(Wording.objects.get(field=consent, version=answer.version).label)

    assert agreed_to(first) == "My photo may be published."
    assert agreed_to(second) == "My photo and film may be published."


def test_a_consent_whose_words_stay_stays_the_same_version(ask, olga):
    consent = ask(FieldKind.CONSENT, "I agree.")
    changed = setting_up.change_field(
        consent.pk, label={"en": "I agree."}, help={}, is_required=True, kept_for_days=30, by=olga
    )
    assert (changed.version, changed.wordings.count()) == (1, 1)
    assert setting_up.change_field(consent.pk, help={"en": "For the press."}, by=olga).version == 2


def test_words_of_a_consent_that_was_loaded_are_kept_before_they_change(press, olga):
    consent = Field.objects.create(category=press, kind=FieldKind.CONSENT, label="As loaded.")
    setting_up.change_field(consent.pk, label={"en": "As changed."}, by=olga)
    assert [str(wording.label) for wording in consent.wordings.order_by("version")] == ["As loaded.", "As changed."]


def test_other_fields_have_no_versions(ask, olga):
    text = ask(FieldKind.TEXT, "Outlet")
    assert setting_up.change_field(text.pk, label={"en": "Newspaper"}, by=olga).version == 1
    assert not Wording.objects.exists()


# Choices


def test_choices_get_keys_from_their_words(meal):
    assert keys(meal) == ["vegetarian", "fish", "meat"]
    assert words(meal, "id") == ["Vegetarian", "Ikan", "Daging"]


def test_words_without_latin_letters_get_keys_too(ask):
    field = ask(FieldKind.CHOICE, choices={"ar": "نباتي\nسمك"})
    assert keys(field) == ["choice", "choice-2"]


def test_a_choice_keeps_its_key_when_it_moves_or_its_words_are_mended(meal, olga):
    setting_up.change_field(meal.pk, choices={"en": "Meat\nVegetarian\nFish"}, by=olga)
    assert keys(meal) == ["meat", "vegetarian", "fish"]
    setting_up.change_field(meal.pk, choices={"en": "Meat\nVegan\nFish"}, by=olga)
    assert keys(meal) == ["meat", "vegetarian", "fish"]
    assert words(meal) == ["Meat", "Vegan", "Fish"]
    setting_up.change_field(meal.pk, choices={"en": "Meat\nFish\nHalal\nKosher"}, by=olga)
    assert keys(meal) == ["meat", "fish", "halal", "kosher"]


def test_a_key_that_was_used_once_means_nothing_else_later(meal, olga):
    setting_up.change_field(meal.pk, choices={"en": "Meat\nVegan\nFish\nRice"}, by=olga)
    assert keys(meal) == ["meat", "vegan", "fish", "rice"]


def test_a_choice_that_somebody_took_stays(press, meal, apply, olga):
    apply(press, "Ana", answers=[Given(meal.pk, "fish")])
    with pytest.raises(Invalid) as refused:
        setting_up.change_field(meal.pk, choices={"en": "Vegetarian\nMeat"}, by=olga)
    assert str(refused.value.fields["choices"]) == "“Fish” was chosen by 1 person, so it stays."
    setting_up.change_field(meal.pk, choices={"en": "Vegetarian\nFish"}, by=olga)
    assert keys(meal) == ["vegetarian", "fish"]


# Posts


def test_somebody_new_gets_a_post_a_mail_and_the_right_at_once(conference, olga, mailoutbox):
    post = add_post(conference.pk, email="tia@example.org", name="Tia", work=Work.SECRETARIAT, by=olga)
    assert may_decide(post.user, conference)
    (mail,) = mailoutbox
    assert mail.to == ["tia@example.org"]
    assert "Olga asks you to work at the International Conference on Digital Diplomacy." in mail.body
    assert "http://localhost:8000/c/icdd/organise/registration/" in mail.body
    assert [list(event.cards) for event in Event.objects.filter(topic="rights")] == [[f"user.{post.user_id}"]]


def test_the_same_post_again_mails_nobody(conference, olga, mailoutbox):
    for _ in range(2):
        add_post(conference.pk, email="tia@example.org", name="Tia", work=Work.DOOR, by=olga)
    assert (Post.objects.count(), len(mailoutbox)) == (1, 1)


@pytest.mark.parametrize(
    ("given", "field"), [({"work": "throne"}, "work"), ({"email": "tia"}, "email"), ({"name": "\u202e"}, "name")]
)
def test_a_post_that_cannot_be_is_refused_at_its_field(conference, olga, given, field):
    with pytest.raises(Invalid) as refused:
        add_post(conference.pk, **{"email": "tia@example.org", "name": "Tia", "work": "door", "by": olga, **given})
    assert set(refused.value.fields) == {field}
    assert not Post.objects.exists()


def test_a_post_that_is_taken_back_takes_the_right_with_it(conference, olga, sefa, eve):
    post = Post.objects.get(user=sefa)
    for person in (eve, sefa):
        with pytest.raises(NotThere):
            remove_post(post.pk, by=person)
    remove_post(post.pk, by=olga)
    assert not may_decide(sefa, conference)
    assert [list(event.cards) for event in Event.objects.filter(topic="rights")] == [[f"user.{sefa.pk}"]]


# Places


def test_places_are_set_together_or_not_at_all(conference, public, press, apply, sefa):
    for name in ("Ana", "Bo"):
        apply(public, name)
    sizes = {Lot(Attendance.IN_ROOM): 10, Lot(Attendance.IN_ROOM, public.pk): 1, Lot(Attendance.ONLINE, press.pk): 3}
    with pytest.raises(Invalid) as refused:
        allot_places(conference.pk, sizes=sizes, by=sefa)
    assert set(refused.value.fields) == {f"category_{public.pk}_in_room"}
    assert not Quota.objects.filter(size__isnull=False).exists()
    sizes[Lot(Attendance.IN_ROOM, public.pk)] = 2
    assert set(allot_places(conference.pk, sizes=sizes, by=sefa)) == set(sizes)
    assert set(Quota.objects.filter(size__isnull=False).values_list("size", "used_count")) == {(10, 2), (2, 2), (3, 0)}
    assert allot_places(conference.pk, sizes=sizes, by=sefa) == []


def test_places_taken_back_here_are_not_given_away_by_those_added_there(conference, public, apply, quota, sefa):
    quota(conference, 1)
    for name in ("Ana", "Bo", "Cleo"):
        apply(public, name)
    # More in all, but no more of the public than are in already: in whichever order they are named.
    sizes = {Lot(Attendance.IN_ROOM): 5, Lot(Attendance.IN_ROOM, public.pk): 1}
    allot_places(conference.pk, sizes=sizes, by=sefa)
    assert list(Application.objects.order_by("pk").values_list("status", flat=True)) == [
        Status.APPROVED, Status.WAITING, Status.WAITING,
    ]  # fmt: skip


def test_strangers_set_no_places(conference, ben, eve):
    for person in (ben, eve):
        with pytest.raises(NotThere):
            allot_places(conference.pk, sizes={Lot(Attendance.IN_ROOM): 5}, by=person)
    assert not Quota.objects.exists()


# Papers


@pytest.fixture
def passport(press, ask, apply, stored):
    field = ask(FieldKind.FILE, "Passport", is_sensitive=True)
    upload = stored()
    made = apply(press, "Ana", answers=[Given(field.pk, upload=upload)])
    return made.answers.get()


@pytest.fixture
def stored(tmp_path, settings):
    """`stored()` is a file somebody handed in with their application."""
    from django.core.files.base import ContentFile  # noqa: PLC0415

    from files.models import Upload  # noqa: PLC0415

    settings.MEDIA_ROOT = tmp_path

    def store(purpose="registration"):
        upload = Upload(purpose=purpose, name="passport.pdf", size=4, sha256="0" * 64, content_type="application/pdf")
        upload.file.save("passport.pdf", ContentFile(b"%PDF"), save=False)
        upload.save()
        return upload

    return store


def test_who_opens_a_passport_is_noted_each_time(passport, sefa):
    for _ in range(2):
        assert open_paper(passport.pk, by=sefa) == passport.upload
    assert list(Look.objects.values_list("answer", "by__name")) == [(passport.pk, "Sefa")] * 2


def test_whose_passport_it_is_is_not_noted(passport):
    open_paper(passport.pk, by=passport.application.user)
    assert not Look.objects.exists()


def test_a_file_that_shows_no_papers_is_opened_unnoted(passport, sefa):
    Field.objects.update(is_sensitive=False)
    open_paper(passport.pk, by=sefa)
    assert not Look.objects.exists()


def test_a_look_is_noted_only_where_there_is_a_file_to_look_at(passport, sefa):
    passport.upload.file.storage.delete(passport.upload.path)
    with pytest.raises(NotThere):
        open_paper(passport.pk, by=sefa)
    assert not Look.objects.exists()


def test_what_somebody_answered_as_sensitive_stays_so(passport, ask, olga):
    """Switched off for a moment, it would be read with no look noted, and shown at doors and on badges."""
    with pytest.raises(Invalid) as refusal:
        setting_up.change_field(passport.field_id, is_sensitive=False, by=olga)
    assert list(refusal.value.fields) == ["is_sensitive"]
    assert Field.objects.get(pk=passport.field_id).is_sensitive
    unanswered = ask(FieldKind.FILE, "Visa", is_sensitive=True)
    assert not setting_up.change_field(unanswered.pk, is_sensitive=False, by=olga).is_sensitive
    assert setting_up.change_field(passport.field_id, label={"en": "Your passport"}, by=olga).is_sensitive


def test_strangers_open_no_papers(passport, ben, eve):
    for person in (ben, eve):
        with pytest.raises(NotThere):
            open_paper(passport.pk, by=person)
    assert not Look.objects.exists()
