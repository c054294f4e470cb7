"""Thousands of plausible people: in every script, in every delegation, safe to repeat."""

import unicodedata
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from conferences.actions import add_delegations
from conferences.invented_names import NAMINGS
from conferences.models import Membership, Role, Sector
from conferences.population import populate
from jobs.errors import HopelessError
from jobs.models import Job

DELEGATIONS = [
    "AU", "BN", "KH", "CL", "CN", "FJ", "FI", "IN", "ID", "JP", "LA",
    "MY", "NZ", "PH", "KR", "SG", "ZA", "TH", "US", "GB", "VN",
]  # fmt: skip


@pytest.fixture
def icdd(conference, olga):
    add_delegations(conference.pk, countries=DELEGATIONS, by=olga)
    return conference


def invented(conference):
    return Membership.objects.filter(conference=conference, user__email__endswith=".invalid")


def steps():
    seen = []
    return seen, lambda done, total: seen.append((done, total))


def test_people_of_all_sectors_and_delegations_come_with_progress(icdd):
    seen, progress = steps()
    assert populate({"conference": "icdd", "people": 600}, progress) == {"people": 600, "added": 600}
    assert seen == [(0, 600), (250, 600), (500, 600), (600, 600)]
    people = invented(icdd)
    assert people.count() == 600
    assert set(people.values_list("sector", flat=True)) == set(Sector.values)
    delegates = people.filter(role=Role.DELEGATE)
    assert set(delegates.values_list("delegation__country", flat=True)) == set(DELEGATIONS)
    per_delegation = [delegates.filter(delegation__country=code, may_speak_for=True).count() for code in DELEGATIONS]
    assert set(per_delegation) <= {1, 2}


def test_an_attempt_that_died_is_continued_and_nobody_is_there_twice(icdd):
    class KilledError(Exception):
        pass

    def dies(done, total):
        if done >= 250:
            raise KilledError

    with pytest.raises(KilledError):
        populate({"conference": "icdd", "people": 400}, dies)
    before = dict(invented(icdd).values_list("user__email", "user__name"))
    assert len(before) == 250
    populate({"conference": "icdd", "people": 400}, lambda done, total: None)
    assert populate({"conference": "icdd", "people": 400}, lambda done, total: None)["added"] == 0
    after = dict(invented(icdd).values_list("user__email", "user__name"))
    assert len(after) == 400
    assert {email: after[email] for email in before} == before


def test_nobody_invented_can_sign_in(icdd):
    populate({"conference": "icdd", "people": 5}, lambda done, total: None)
    assert not any(user.has_usable_password() for user in User.objects.filter(email__endswith=".invalid"))


def test_names_are_in_many_scripts_and_are_names(icdd):
    scripts = set()
    for naming in NAMINGS.values():
        for word in (*naming.given, *naming.family):
            assert word == unicodedata.normalize("NFC", word)
            scripts |= {unicodedata.name(char).split()[0] for char in word if char.isalpha()}
    assert scripts >= {
        "LATIN", "ARABIC", "CJK", "HANGUL", "THAI", "DEVANAGARI", "KHMER", "LAO", "CYRILLIC", "HIRAGANA", "TAMIL",
        "ETHIOPIC", "GREEK", "HEBREW",
    }  # fmt: skip
    populate({"conference": "icdd", "people": 300}, lambda done, total: None)
    for user in User.objects.filter(email__endswith=".invalid"):
        user.full_clean(exclude=["password"])


def test_a_conference_without_delegations_is_populated_too(conference):
    populate({"conference": "icdd", "people": 30}, lambda done, total: None)
    assert set(invented(conference).values_list("role", flat=True)) == {"participant"}


def test_a_conference_that_is_gone_is_hopeless(db):
    with pytest.raises(HopelessError):
        populate({"conference": "gone", "people": 5}, lambda done, total: None)


def test_the_command_starts_a_job_and_returns(icdd):
    said = StringIO()
    call_command("populate", people=4300, conference="icdd", stdout=said)
    job = Job.objects.get()
    assert (job.kind, job.arguments) == ("populate", {"conference": "icdd", "people": 4300})
    assert f"/jobs/{job.pk}/" in said.getvalue()


@pytest.mark.parametrize("options", [{"people": 0}, {"people": 10**9}, {"people": 5, "conference": "nowhere"}])
def test_nonsense_is_refused_before_a_job_is_made(icdd, options):
    with pytest.raises(CommandError):
        call_command("populate", **{"conference": "icdd", **options})
    assert not Job.objects.exists()
