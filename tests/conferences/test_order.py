"""Protocol order: alphabetical in a language, by rank, from a drawn seat, with the host first or last."""

import pytest
from django.contrib.admin.models import LogEntry
from django_countries import countries
from hypothesis import given
from hypothesis import strategies as st
from i18nfield.strings import LazyI18nString

from conferences import actions
from conferences.models import Delegation, Rank
from conferences.order import ALPHABETS, By, HostSeat, Naming, Order, alphabet_key, name_of, ordered, placed
from conferences.protocol_names import protocol_name
from outbox.errors import Invalid, NotAllowed, WrongMove

CODES = [code for code, _ in countries]


def delegation(code: str, pk: int = 0, *, is_host: bool = False) -> Delegation:
    return Delegation(
        pk=pk or CODES.index(code) + 1, country=code, name=LazyI18nString(protocol_name(code)), is_host=is_host
    )


def organisation(pk: int, **name: str) -> Delegation:
    return Delegation(pk=pk, name=LazyI18nString(name))


def codes(delegations) -> str:
    return " ".join(str(each.country) for each in delegations)


def arranged(together: str, **order) -> str:
    host = order.pop("is_host", "")
    ranks = order.pop("ranks", None)
    return codes(
        ordered([delegation(code, is_host=code == host) for code in together.split()], Order(**order), ranks=ranks)
    )


# By name, in a language


@pytest.mark.parametrize(
    ("language", "name", "expected"),
    [
        # United Kingdom, United Republic of Tanzania, United States; Republic of Korea before Republic of Moldova.
        ("en", Naming.PROTOCOL, "KP DE IR LA KR MD CH GB TZ US VN"),
        ("en", Naming.SHORT, "DE IR LA MD KP KR CH TZ GB US VN"),
        # Allemagne, États-Unis, Iran, République de Corée, … populaire démocratique de Corée, … -Unie de Tanzanie, …
        ("fr", Naming.PROTOCOL, "DE US IR KR MD LA KP TZ GB CH VN"),
        ("es", Naming.PROTOCOL, "DE US IR GB KR MD LA KP TZ CH VN"),
        # Amerika Serikat, Kerajaan Bersatu …, Republik Demokratik Rakyat Laos, Republik Korea, Swiss.
        ("id", Naming.PROTOCOL, "US IR DE GB LA KR MD TZ KP CH VN"),
    ],
)
def test_each_language_has_an_order_of_its_own(language, name, expected):
    found = arranged("VN US TZ CH MD LA KR KP IR GB DE", language=language, name=name)
    assert found == expected


def test_names_are_ordered_word_by_word_as_the_united_nations_do():
    names = ["Guyana", "Guinea-Bissau", "Guinea", "Congo", "Costa Rica", "Côte d’Ivoire", "Croatia", "Nigeria", "Niger"]
    assert sorted(names, key=lambda name: alphabet_key(name, "en")) == [
        "Congo", "Costa Rica", "Côte d’Ivoire", "Croatia", "Guinea", "Guinea-Bissau", "Guyana", "Niger", "Nigeria",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "name", "counts_as"),
    [
        ("en", "The Gambia", "Gambia"),
        ("fr", "La Réunion", "Reunion"),
        ("fr", "L’Union africaine", "Union africaine"),
        ("fr", "Les Émirats", "Emirats"),
        ("es", "La Santa Sede", "Santa Sede"),
        ("ar", "الهند", "هند"),
        ("it", "L’Aia", "Aia"),
        ("en", "Thebes", "Thebes"),
        ("fr", "Lesotho", "Lesotho"),
        ("es", "Los", "Los"),
    ],
)
def test_a_leading_article_does_not_count(language, name, counts_as):
    assert alphabet_key(name, language) == alphabet_key(counts_as, language)


def test_the_article_of_el_salvador_is_part_of_its_name():
    assert arranged("ES SV AE EG EC", language="es") == "EC EG SV AE ES"


@pytest.mark.parametrize(
    ("language", "in_order"),
    [
        ("es", ["nube", "nzinga", "ñandú", "oboe"]),
        ("fr", ["Égypte", "Émirats arabes unis", "Espagne", "État de Palestine"]),
        ("de", ["Ofen", "Österreich", "Oz"]),
        ("tr", ["Cezayir", "Çad", "Danimarka"]),
        ("tr", ["Hollanda", "Irak", "İran", "Jamaika"]),
        ("vi", ["Afghanistan", "Áo", "Ấn Độ", "Ba Lan"]),
        ("vi", ["Dominica", "Đức", "Ecuador"]),
        ("ru", ["Италия", "Йемен", "Кабо-Верде"]),
        ("ar", ["الأردن", "إيران", "البحرين", "تونس"]),
    ],
)
def test_letters_stand_where_the_language_has_them(language, in_order):
    keys = [alphabet_key(name, language) for name in in_order]
    assert keys == sorted(set(keys))


def test_what_organisers_wrote_goes_before_what_the_language_calls_it():
    named = Delegation(pk=1, country="CZ", name=LazyI18nString({"en": "Czech Republic", "fr": "République tchèque"}))
    assert name_of(named, Order(language="fr")) == "République tchèque"
    assert name_of(named, Order(language="fr", name=Naming.SHORT)) == "Tchéquie"
    assert name_of(named, Order(language="es")) == "Chequia"
    assert name_of(organisation(2, en="African Union", ar="الاتحاد الأفريقي"), Order(language="fr")) == "African Union"


@pytest.mark.parametrize("wrong", [{"by": "size"}, {"language": "zh"}, {"name": "long"}, {"host": "middle"}])
def test_an_order_there_is_not_cannot_be_made(wrong):
    with pytest.raises(ValueError, match="there is no such order"):
        Order(**wrong)


# From a drawn seat, by rank, with the host at an end


def test_a_drawn_seat_turns_the_alphabet():
    first = delegation("JP").pk
    assert arranged("AU FI FJ JP SG VN", first=first) == "JP SG VN AU FJ FI"


def test_ranks_go_before_names_and_unknown_ones_come_last():
    ranks = {delegation("VN").pk: Rank.HEAD_OF_STATE, delegation("JP").pk: Rank.MINISTER, delegation("FJ").pk: 5}
    assert arranged("AU FI FJ JP SG VN", by=By.RANK, ranks=ranks) == "VN FJ JP AU FI SG"


def test_within_a_rank_the_alphabet_begins_at_the_drawn_seat():
    ranks = {delegation(code).pk: Rank.MINISTER for code in ("AU", "FJ", "VN")}
    first = delegation("JP").pk
    assert arranged("AU FI FJ JP SG VN", by=By.RANK, ranks=ranks, first=first) == "VN AU FJ JP SG FI"


def test_the_host_sits_first_or_last_and_nobody_else_moves():
    first = delegation("JP").pk
    assert arranged("AU FJ ID JP VN", is_host="ID", host=HostSeat.FIRST) == "ID AU FJ JP VN"
    assert arranged("AU FJ ID JP VN", is_host="ID", host=HostSeat.LAST) == "AU FJ JP VN ID"
    assert arranged("AU FJ ID JP VN", is_host="ID", host=HostSeat.FIRST, first=first) == "ID JP VN AU FJ"
    # Drawn itself, it sits where hosts sit; the alphabet begins behind it.
    host = delegation("ID").pk
    assert arranged("AU FJ ID JP VN", is_host="ID", host=HostSeat.LAST, first=host) == "JP VN AU FJ ID"


def test_a_drawn_seat_that_is_not_there_is_said():
    with pytest.raises(LookupError):
        ordered([delegation("FJ")], Order(first=10**6))


# What holds of every order

orders = st.builds(
    Order,
    by=st.sampled_from(By.values),
    language=st.sampled_from(sorted(ALPHABETS)),
    name=st.sampled_from(Naming.values),
    host=st.sampled_from(HostSeat.values),
)
crowds = st.lists(st.sampled_from(CODES), unique=True, min_size=1, max_size=30)
ranking = st.dictionaries(st.integers(1, len(CODES)), st.sampled_from(Rank.values))


@given(crowds, orders, ranking, st.randoms(use_true_random=False), st.data())
def test_every_order_is_one_of_the_same_delegations_however_they_come(crowd, order, ranks, random, data):
    host = data.draw(st.sampled_from([*crowd, ""]))
    first = data.draw(st.sampled_from([None, *crowd]))
    order = Order(
        by=order.by, language=order.language, name=order.name, host=order.host, first=first and delegation(first).pk
    )
    rows = [delegation(code, is_host=code == host) for code in crowd]
    found = ordered(rows, order, ranks=ranks)
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert ordered(shuffled, order, ranks=ranks) == found
    assert sorted(codes(found).split()) == sorted(crowd)
    if host and order.host == HostSeat.FIRST:
        assert str(found[0].country) == host
    if host and order.host == HostSeat.LAST:
        assert str(found[-1].country) == host
    others = [row for row in found if not (row.is_host and order.host != HostSeat.AMONG)]
    if order.by == By.RANK:
        levels = [ranks.get(row.pk, Rank.NONE) for row in others]
        assert levels == sorted(levels)
    elif first and (first != host or order.host == HostSeat.AMONG):
        assert str(others[0].country) == first


@given(crowds, orders, st.data())
def test_a_draw_only_turns_the_circle(crowd, order, data):
    rows = [delegation(code) for code in crowd]
    plain = codes(ordered(rows, Order(language=order.language, name=order.name)))
    first = delegation(data.draw(st.sampled_from(crowd)))
    turned = codes(ordered(rows, Order(language=order.language, name=order.name, first=first.pk)))
    assert turned.startswith(str(first.country))
    assert turned in f"{plain} {plain}"


@given(st.text(max_size=40), st.sampled_from(sorted(ALPHABETS)))
def test_any_name_can_be_ordered_and_case_does_not_count(name, language):
    key = alphabet_key(name, language)
    assert all(key)
    if language != "tr" and name.lower().upper().lower() == name.lower():
        assert alphabet_key(name.lower(), language) == key


# Choosing one


@pytest.fixture
def four(conference, olga):
    return actions.add_delegations(conference.pk, countries=["ID", "FJ", "JP", "AU"], by=olga)


def seats(conference) -> str:
    return codes(conference.delegations.order_by("position"))


def test_organisers_seat_the_delegations_in_an_order_and_it_is_noted(conference, olga, four):
    indonesia, _fiji, japan, _australia = four
    actions.change_delegation(indonesia.pk, is_host=True, by=olga)
    order = Order(first=japan.pk, host=HostSeat.LAST)
    actions.arrange_delegations(conference.pk, order=order, by=olga)
    assert seats(conference) == "JP AU FJ ID"
    noted = LogEntry.objects.filter(user=olga, object_id=str(conference.pk)).latest("pk").change_message
    assert noted == "order of delegations: by name, protocol names in en, from Japan, host last"


def test_an_order_is_saved_only_as_it_was_shown(conference, olga, four):
    with pytest.raises(Invalid):
        actions.arrange_delegations(conference.pk, order=Order(), seen=[row.pk for row in four], by=olga)
    with pytest.raises(Invalid):
        actions.arrange_delegations(conference.pk, order=Order(first=10**6), by=olga)
    assert seats(conference) == "AU FJ ID JP"


def test_a_draw_names_one_of_them_and_is_noted(conference, olga, four):
    drawn = {actions.draw_first_seat(conference.pk, by=olga).pk for _ in range(200)}
    # That one of four is never drawn in 200 times happens once in 10**24 runs.
    assert drawn == {row.pk for row in four}
    assert LogEntry.objects.filter(user=olga, change_message__startswith="drawn for the first seat").count() == 200
    assert seats(conference) == "AU FJ ID JP"


def test_where_nobody_is_nobody_is_drawn(conference, olga):
    with pytest.raises(WrongMove):
        actions.draw_first_seat(conference.pk, by=olga)


def test_only_organisers_draw_and_arrange(conference, four, ada, eve):
    for person in (ada, eve):
        with pytest.raises(NotAllowed):
            actions.draw_first_seat(conference.pk, by=person)
        with pytest.raises(NotAllowed):
            actions.arrange_delegations(conference.pk, order=Order(), by=person)


def test_a_newcomer_comes_last_where_another_order_was_chosen():
    seated = [delegation("JP"), delegation("AU"), delegation("FJ")]
    assert codes(placed(delegation("FI"), seated)) == "JP AU FJ FI"
    assert codes(placed(delegation("FI"), ordered(seated))) == "AU FJ FI JP"
