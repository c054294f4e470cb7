"""Delegations: picked from the ISO list, named by protocol, kept in protocol order."""

import pytest
from django_countries import countries

from conferences import actions
from conferences.models import Delegation, Membership
from conferences.order import protocol_key
from conferences.protocol_names import protocol_name
from outbox.errors import Invalid, NotAllowed, NotThere, WrongMove


def names(conference):
    return [str(delegation) for delegation in conference.delegations.order_by("position", "pk")]


def test_a_country_comes_under_its_protocol_name_in_every_language(conference, olga):
    laos = actions.add_delegation(conference.pk, country="LA", by=olga)
    assert laos.name.data == {
        "en": "Lao People’s Democratic Republic",
        "id": "Republik Demokratik Rakyat Laos",
        "ar": "جمهورية لاو الديمقراطية الشعبية",
    }


def test_countries_are_seated_in_alphabetical_order_of_their_english_names(conference, olga):
    actions.add_delegations(conference.pk, countries=["VN", "KR", "CI", "HR", "AU"], by=olga)
    assert names(conference) == ["Australia", "Côte d’Ivoire", "Croatia", "Republic of Korea", "Viet Nam"]


def test_accents_and_case_do_not_count_in_the_order():
    assert sorted(["Zambia", "Türkiye", "Tunisia", "Åland", "Côte", "Costa"], key=protocol_key) == [
        "Åland",
        "Costa",
        "Côte",
        "Tunisia",
        "Türkiye",
        "Zambia",
    ]


def test_a_country_twice_is_there_once(conference, olga):
    first = actions.add_delegation(conference.pk, country="FJ", by=olga)
    assert actions.add_delegation(conference.pk, country="FJ", by=olga) == first
    assert names(conference) == ["Fiji"]


def test_an_organisation_has_a_name_and_no_country(conference, olga):
    actions.add_delegation(conference.pk, name={"en": "ASEAN Secretariat"}, by=olga)
    actions.add_delegation(conference.pk, name={"en": "United Nations"}, by=olga)
    assert names(conference) == ["ASEAN Secretariat", "United Nations"]


def test_a_code_that_is_no_country_adds_nobody(conference, olga):
    with pytest.raises(Invalid) as refused:
        actions.add_delegations(conference.pk, countries=["FJ", "XX"], by=olga)
    assert set(refused.value.fields) == {"country"}
    assert names(conference) == []


def test_organisers_order_as_they_wish_and_a_newcomer_then_comes_last(conference, olga):
    fiji, finland, japan = actions.add_delegations(conference.pk, countries=["FJ", "FI", "JP"], by=olga)
    actions.reorder_delegations(conference.pk, order=[japan.pk, fiji.pk, finland.pk], by=olga)
    actions.add_delegation(conference.pk, country="AU", by=olga)
    assert names(conference) == ["Japan", "Fiji", "Finland", "Australia"]
    actions.reorder_delegations(conference.pk, by=olga)
    assert names(conference) == ["Australia", "Fiji", "Finland", "Japan"]


@pytest.mark.parametrize("wrong", [lambda pks: pks[:-1], lambda pks: [pks[0], *pks], lambda pks: [*pks[:-1], 10**6]])
def test_an_order_that_is_no_permutation_is_refused(conference, olga, wrong):
    seated = actions.add_delegations(conference.pk, countries=["FJ", "FI"], by=olga)
    with pytest.raises(Invalid):
        actions.reorder_delegations(conference.pk, order=wrong([row.pk for row in seated]), by=olga)


def test_one_delegation_hosts(conference, olga):
    fiji, japan = actions.add_delegations(conference.pk, countries=["FJ", "JP"], by=olga)
    actions.change_delegation(fiji.pk, is_host=True, by=olga)
    actions.change_delegation(japan.pk, is_host=True, by=olga)
    assert list(conference.delegations.filter(is_host=True)) == [japan]


def test_a_delegation_with_members_stays(conference, olga, ben, fiji):
    with pytest.raises(WrongMove):
        actions.remove_delegation(fiji.pk, by=olga)
    Membership.objects.filter(user=ben).delete()
    actions.remove_delegation(fiji.pk, by=olga)
    assert not Delegation.objects.exists()
    with pytest.raises(NotThere):
        actions.remove_delegation(fiji.pk, by=olga)


def test_only_organisers_touch_delegations(conference, fiji, ada, ben, eve):
    for person in (ada, ben, eve):
        for attempt in (
            lambda by: actions.add_delegation(conference.pk, country="JP", by=by),
            lambda by: actions.change_delegation(fiji.pk, is_host=True, by=by),
            lambda by: actions.remove_delegation(fiji.pk, by=by),
            lambda by: actions.reorder_delegations(conference.pk, by=by),
        ):
            with pytest.raises(NotAllowed):
                attempt(person)
    assert names(conference) == ["Fiji"]


def test_every_iso_country_has_a_name_in_each_language():
    for code, _ in countries:
        assert set(protocol_name(code)) == {"en", "id", "ar"}
        assert all(protocol_name(code).values())
