"""The order of the speakers: each once, by lot, by theme, by precedence, as they asked, or by hand."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from i18nfield.strings import LazyI18nString

from conferences.models import Delegation, Rank
from conferences.order import ALPHABETS, HostSeat
from conferences.protocol_names import protocol_name
from sessions.review.lot import canonical, drawn
from sessions.review.orders import (
    Entrant,
    OrderPolicy,
    OrderRule,
    arranged,
    ballot,
    lot_alpha,
    manual,
    precedence,
    request,
    theme_blocks,
)

TEN = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
# Those of ICDD 2021, in the English alphabet of their protocol names.
ICDD = "AU BN KH CL CN FJ FI IN ID JP LA MY NZ PH KR SG ZA TH GB US VN"
NUMBERS = {code: number for number, code in enumerate(ICDD.split(), 101)}
CRISES, CHANCES = 71, 70


def delegation(code: str, host: str = "") -> Delegation:
    name = LazyI18nString(protocol_name(code))
    return Delegation(pk=NUMBERS[code], country=code, name=name, is_host=code == host)


def entrant(code: str, *, theme=None, position=0, rank=Rank.MINISTER, minute=0, host="", slot=None) -> Entrant:
    return Entrant(
        slot or NUMBERS[code], delegation(code, host), theme, position, rank, TEN + timedelta(minutes=minute)
    )


def all_of(together: str, **facts) -> list[Entrant]:
    return [entrant(code, **facts) for code in together.split()]


def codes(places) -> str:
    by_number = {number: code for code, number in NUMBERS.items()}
    return " ".join(by_number[slot] for _block, slot in places)


# By lot


def test_the_alphabet_begins_at_the_delegation_that_was_drawn_and_goes_on_around():
    shuffled = " ".join(sorted(NUMBERS, key=lambda code: code[::-1]))
    assert codes(lot_alpha(all_of(shuffled))) == ICDD
    from_japan = lot_alpha(all_of(shuffled), first=NUMBERS["JP"])
    assert codes(from_japan) == "JP LA MY NZ PH KR SG ZA TH GB US VN AU BN KH CL CN FJ FI IN ID"
    assert {block for block, _slot in from_japan} == {0}


def test_another_alphabet_is_another_order():
    together = all_of("AU JP KR GB US")
    assert codes(lot_alpha(together)) == "AU JP KR GB US"
    # Amerika Serikat, Australia, Jepang, Kerajaan Bersatu, Republik Korea.
    assert codes(lot_alpha(together, language="id")) == "US AU JP GB KR"
    # Australie, États-Unis, Japon, République de Corée, Royaume-Uni.
    assert codes(lot_alpha(together, language="fr", first=NUMBERS["JP"])) == "JP KR GB AU US"


def test_the_others_stay_where_they_are_when_the_drawn_one_withdraws():
    listed = [delegation(code) for code in NUMBERS]
    first = NUMBERS["JP"]
    before = codes(lot_alpha(all_of(ICDD), first=first))
    remaining = ICDD.replace("JP ", "")
    assert codes(lot_alpha(all_of(remaining), first=first, listed=listed)) == before.removeprefix("JP ")
    with pytest.raises(LookupError):
        lot_alpha(all_of(remaining), first=first)


def test_the_host_speaks_first_or_last_wherever_the_lot_fell():
    together = all_of("FJ ID JP SG", host="ID")
    first = NUMBERS["JP"]
    assert codes(lot_alpha(together, first=first)) == "JP SG FJ ID"
    assert codes(lot_alpha(together, first=first, host=HostSeat.FIRST)) == "ID JP SG FJ"
    assert codes(lot_alpha(together, first=NUMBERS["ID"], host=HostSeat.LAST)) == "JP SG FJ ID"


def test_the_list_that_is_drawn_on_is_the_alphabet_as_the_page_shows_it():
    association = Delegation(pk=7, name=LazyI18nString({"en": "ASEAN  Secretariat\t"}))
    rows = ballot([*(delegation(code) for code in sorted(NUMBERS)), association])
    assert [line for _row, line in rows[:3]] == ["7\tASEAN Secretariat", "AU\tAustralia", "BN\tBrunei Darussalam"]
    assert [row.pk for row, _line in rows] == [7, *NUMBERS.values()]
    lines = [line for _row, line in rows]
    assert canonical(lines).decode().splitlines() == lines
    fell_on, _line = rows[drawn("0" * 64, lines)]
    everybody = [*all_of(ICDD), Entrant(7, association, None, 0, Rank.NONE, TEN)]
    assert lot_alpha(everybody, first=fell_on.pk)[0] == (0, fell_on.pk)


# By theme


def test_each_theme_is_a_block_and_each_block_goes_around_from_the_drawn_one():
    crises = all_of("AU FI JP SG", theme=CRISES, position=1)
    chances = all_of("FJ ID KR", theme=CHANCES, position=2)
    neither = all_of("CL")
    places = theme_blocks([*neither, *chances, *crises], first=NUMBERS["JP"])
    assert codes(places) == "JP SG AU FI KR FJ ID CL"
    assert [block for block, _slot in places] == [0, 0, 0, 0, 1, 1, 1, 2]


def test_the_host_is_first_or_last_within_its_theme():
    together = all_of("AU FI", theme=CRISES, position=1)
    together += all_of("FJ ID KR", theme=CHANCES, position=2, host="ID")
    assert codes(theme_blocks(together, host=HostSeat.FIRST)) == "AU FI ID FJ KR"
    assert codes(theme_blocks(together, host=HostSeat.LAST)) == "AU FI FJ KR ID"


def test_a_delegation_that_speaks_on_both_themes_has_its_place_in_both():
    both = [
        entrant("FJ", theme=CRISES, position=1, slot=1),
        entrant("FJ", theme=CHANCES, position=2, slot=2),
        entrant("AU", theme=CHANCES, position=2, slot=3),
    ]
    assert theme_blocks(both) == [(0, 1), (1, 3), (1, 2)]
    assert lot_alpha(both) == [(0, 3), (0, 1), (0, 2)]


# By precedence, and as they asked


def test_rank_goes_before_time_and_time_before_nothing():
    together = [
        entrant("AU", rank=Rank.MINISTER, minute=1),
        entrant("FJ", rank=Rank.HEAD_OF_STATE, minute=9),
        entrant("FI", rank=Rank.NONE, minute=0),
        entrant("JP", rank=Rank.MINISTER, minute=0),
    ]
    assert codes(precedence(together)) == "FJ JP AU FI"
    assert codes(request(together)) == "FI JP AU FJ"


def test_the_host_goes_before_rank_and_time():
    together = [
        entrant("FJ", rank=Rank.HEAD_OF_STATE, minute=0, host="ID"),
        entrant("ID", rank=Rank.MINISTER, minute=5, host="ID"),
        entrant("JP", rank=Rank.MINISTER, minute=9, host="ID"),
    ]
    assert codes(precedence(together, host=HostSeat.FIRST)) == "ID FJ JP"
    assert codes(request(together, host=HostSeat.LAST)) == "FJ JP ID"


def test_by_hand_stays_by_hand():
    assert codes(manual(all_of("JP AU VN"))) == "JP AU VN"


# Whatever the order

themes = st.sampled_from([(None, 0), (CRISES, 1), (CHANCES, 2), (72, 2)])
facts = st.tuples(st.sampled_from(list(NUMBERS)), themes, st.sampled_from(Rank.values), st.integers(0, 5))


@st.composite
def entered(draw) -> list[Entrant]:
    return [
        entrant(code, theme=theme, position=position, rank=rank, minute=minute, host="ID", slot=slot)
        for slot, (code, (theme, position), rank, minute) in enumerate(draw(st.lists(facts, max_size=25)), 1)
    ]


@given(
    entered(),
    st.sampled_from(OrderPolicy.values),
    st.sampled_from(sorted(ALPHABETS)),
    st.sampled_from(HostSeat.values),
    st.none() | st.sampled_from(list(NUMBERS.values())),
)
def test_every_order_has_each_slot_once_and_its_blocks_one_after_another(entrants, policy, language, host, first):
    rule = OrderRule(policy=policy, language=language, host=host, first=first)
    listed = [delegation(code, "ID") for code in NUMBERS]
    places = arranged(entrants, rule, listed=listed)
    assert sorted(slot for _block, slot in places) == [each.slot_id for each in entrants]
    blocks = [block for block, _slot in places]
    assert blocks == sorted(blocks)
    assert set(blocks) == set(range(len(set(blocks))))


@given(entered(), st.sampled_from(sorted(set(OrderPolicy.values) - {"manual"})), st.randoms())
def test_no_order_but_the_manual_one_depends_on_how_it_was_handed_in(entrants, policy, random):
    shuffled = random.sample(entrants, len(entrants))
    assert arranged(shuffled, OrderRule(policy=policy)) == arranged(entrants, OrderRule(policy=policy))


def test_an_order_that_there_is_not_is_refused():
    with pytest.raises(ValueError):
        OrderRule(policy="by_wealth")
    with pytest.raises(ValueError):
        lot_alpha([], language="tlh")
