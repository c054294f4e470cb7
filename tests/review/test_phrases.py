"""The script that the chair reads out: grammar for every delegation of ICDD 2021, in each language of the site."""

import pytest
from django.conf import settings
from django.utils.translation import get_language, override
from django_countries import countries
from i18nfield.strings import LazyI18nString

from conferences.models import Delegation
from conferences.protocol_names import name_in, protocol_name
from sessions.review import phrases
from sessions.review.phrases import Speaker, giving_the_floor, spoken_name

# The delegations of ICDD 2021, as English says them within a sentence.
SPOKEN = {
    "AU": "Australia",
    "BN": "Brunei Darussalam",
    "KH": "Cambodia",
    "CL": "Chile",
    "CN": "China",
    "FJ": "Fiji",
    "FI": "Finland",
    "IN": "India",
    "ID": "Indonesia",
    "JP": "Japan",
    "LA": "the Lao People’s Democratic Republic",
    "MY": "Malaysia",
    "NZ": "New Zealand",
    "PH": "the Philippines",
    "KR": "the Republic of Korea",
    "SG": "Singapore",
    "ZA": "South Africa",
    "TH": "Thailand",
    "US": "the United States of America",
    "GB": "the United Kingdom of Great Britain and Northern Ireland",
    "VN": "Viet Nam",
}
LANGUAGES = [code for code, _ in settings.LANGUAGES]
MINISTER = Speaker(title="H.E. Ms", name="Retno Marsudi", function="Minister for Foreign Affairs")


def delegation(code: str, **name: str) -> Delegation:
    return Delegation(country=code, name=LazyI18nString(name or protocol_name(code)))


def bare(sentence: str) -> str:
    """Without the marks that keep a name's direction within an Arabic sentence."""
    return sentence.replace("\u2068", "").replace("\u2069", "")


def all_sentences(of: Delegation, language: str) -> list[str]:
    """Every sentence that names a delegation."""
    return [
        *(
            giving_the_floor(of, speaker, language, is_recorded=is_recorded)
            for speaker in (MINISTER, Speaker(name="Retno Marsudi"), Speaker())
            for is_recorded in (False, True)
        ),
        phrases.following(of, language),
        phrases.thanking(of, language),
        phrases.drawn_first(of, language),
        phrases.in_right_of_reply(of, language),
        phrases.moved_to_the_end(of, language),
        phrases.put_off(of, language),
        phrases.absent_again(of, language, is_filed=True),
        phrases.absent_again(of, language, is_filed=False),
    ]


# Names


@pytest.mark.parametrize("code", SPOKEN)
def test_english_says_each_delegation_with_the_article_that_it_has(code):
    sentence = phrases.thanking(delegation(code), "en")
    assert sentence == f"I thank the distinguished representative of {SPOKEN[code]} for the statement."


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", SPOKEN)
def test_every_sentence_names_the_delegation_in_its_own_language(code, language):
    expected = SPOKEN[code] if language == "en" else name_in(code, language)
    for sentence in all_sentences(delegation(code), language):
        assert expected in bare(sentence)
        assert "%(" not in sentence
        assert "the the" not in sentence.casefold()


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("Republic of Fiji", "the Republic of Fiji"),
        ("The Gambia", "the Gambia"),
        ("Netherlands", "the Netherlands"),
        ("Solomon Islands", "the Solomon Islands"),
        ("Iran (Islamic Republic of)", "the Islamic Republic of Iran"),
        ("Bolivia (Plurinational State of)", "the Plurinational State of Bolivia"),
        ("Micronesia (Federated States of)", "the Federated States of Micronesia"),
        ("Trinidad & Tobago", "Trinidad and Tobago"),
        ("St. Lucia", "Saint Lucia"),
        ("Holy See", "the Holy See"),
        ("State of Palestine", "the State of Palestine"),
        ("Sovereign Order of Malta", "the Sovereign Order of Malta"),
        ("Nigeria", "Nigeria"),
        ("South Sudan", "South Sudan"),
        ("European Union", "the European Union"),
        ("ASEAN", "ASEAN"),
        ("ASEAN Secretariat", "the ASEAN Secretariat"),
        ("Association of Southeast Asian Nations", "the Association of Southeast Asian Nations"),
        ("International Committee of the Red Cross", "the International Committee of the Red Cross"),
        ("Bank Indonesia", "Bank Indonesia"),
    ],
)
def test_names_are_said_as_the_ear_expects_them(name, spoken):
    assert spoken_name(name, "en") == spoken


@pytest.mark.parametrize(
    ("code", "language", "spoken"),
    [
        ("IR", "id", "Republik Islam Iran"),
        ("BO", "id", "Negara Plurinasional Bolivia"),
        ("IR", "ar", "جمهورية إيران الإسلامية"),
        ("FM", "ar", "ولايات ميكرونيزيا الموحدة"),
        ("TL", "ar", "تيمور - ليشتي"),
        ("KR", "ar", "جمهورية كوريا"),
        ("GB", "id", "Kerajaan Bersatu Britania Raya dan Irlandia Utara"),
    ],
)
def test_a_name_from_a_list_is_turned_round_in_each_language(code, language, spoken):
    assert spoken_name(name_in(code, language), language) == spoken


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_of_the_united_nations_is_said_in_brackets(language):
    listed = {name_in(code, language) for code, _ in countries if " of)" in name_in(code, "en")}
    assert len(listed) == 4
    for name in listed:
        assert "(" in name
        assert "(" not in spoken_name(name, language)


def test_what_organisers_wrote_is_what_is_said():
    fiji = delegation("FJ", en="Republic of Fiji", id="Republik Fiji")
    assert "of the Republic of Fiji " in phrases.thanking(fiji, "en")
    assert "Republik Fiji" in phrases.thanking(fiji, "id")
    asean = Delegation(name=LazyI18nString({"en": "ASEAN Secretariat"}))
    assert phrases.following(asean, "en") == "The next statement will be that of the ASEAN Secretariat."


# The floor


@pytest.mark.parametrize(
    ("speaker", "live", "recorded"),
    [
        (
            MINISTER,
            "I now give the floor to Her Excellency Ms Retno Marsudi, Minister for Foreign Affairs of the Republic of "
            "Indonesia.",
            "I now give the floor to Her Excellency Ms Retno Marsudi, Minister for Foreign Affairs of the Republic of "
            "Indonesia, whose statement was recorded and will now be shown.",
        ),
        (
            Speaker(title="H.E. Mr", name="A. Wijaya", function="Ambassador of Indonesia to Fiji"),
            "I now give the floor to His Excellency Mr A. Wijaya, Ambassador of Indonesia to Fiji.",
            "I now give the floor to His Excellency Mr A. Wijaya, Ambassador of Indonesia to Fiji, whose statement was "
            "recorded and will now be shown.",
        ),
        (
            Speaker(name="A. Wijaya"),
            "I now give the floor to A. Wijaya, who speaks for the Republic of Indonesia.",
            "I now give the floor to A. Wijaya, who speaks for the Republic of Indonesia in a statement that was "
            "recorded and will now be shown.",
        ),
        (
            Speaker(title="H.E. Mr", function="Ambassador"),
            "I now give the floor to the distinguished representative of the Republic of Indonesia.",
            "We now come to the statement of the Republic of Indonesia, which was recorded and will now be shown.",
        ),
    ],
    ids=["with a function", "whose function says of where", "without a function", "whom nobody named"],
)
def test_the_floor_is_given_with_as_much_as_is_known(speaker, live, recorded):
    indonesia = delegation("ID", en="Republic of Indonesia")
    assert giving_the_floor(indonesia, speaker, "en") == live
    assert giving_the_floor(indonesia, speaker, "en", is_recorded=True) == recorded


def test_a_function_names_its_own_country_by_a_whole_word_only():
    niger = delegation("NE")
    speaker = Speaker(name="A. Sani", function="Special Envoy for Nigerian Affairs")
    assert giving_the_floor(niger, speaker, "en") == (
        "I now give the floor to A. Sani, Special Envoy for Nigerian Affairs of the Niger."
    )


@pytest.mark.parametrize(
    ("written", "read_out"),
    [
        ("H.E. Ms", "Her Excellency Ms"),
        ("H.E. Mr.", "His Excellency Mr"),
        ("h.e.  Mrs", "Her Excellency Mrs"),
        ("H.E. Dr", "H.E. Dr"),
        ("H.R.H. Prince", "H.R.H. Prince"),
        ("", ""),
    ],
)
def test_a_title_is_read_out_where_it_says_whose_it_is(written, read_out):
    with override("en"):
        assert phrases.spoken_title(written) == read_out


def test_what_people_wrote_is_never_taken_for_a_placeholder():
    speaker = Speaker(name="100 % %(function)s", function="%s")
    sentence = giving_the_floor(delegation("FJ"), speaker, "en")
    assert sentence == "I now give the floor to 100 % %(function)s, %s of Fiji."


def test_a_latin_name_does_not_turn_an_arabic_sentence():
    sentence = giving_the_floor(delegation("FJ"), MINISTER, "ar")
    assert "Retno Marsudi\u2069" in sentence
    assert sentence.count("\u2068") == sentence.count("\u2069") == 3
    assert "\u2068" not in giving_the_floor(delegation("FJ"), MINISTER, "id")


# The list, and who is absent


def test_after_the_last_statement_that_is_said():
    assert phrases.following(None, "en") == "This is the last statement on the list."


def test_absence_is_said_as_what_it_leads_to():
    philippines = delegation("PH")
    first = phrases.moved_to_the_end(philippines, "en")
    filed = phrases.absent_again(philippines, "en", is_filed=True)
    forfeited = phrases.absent_again(philippines, "en", is_filed=False)
    assert first.startswith("I see that the delegation of the Philippines is not present.")
    assert "published without being delivered" in filed
    assert "published" not in forfeited


# Languages


def test_the_chairs_language_leaves_the_pages_as_it_was():
    with override("id"):
        giving_the_floor(delegation("FJ"), MINISTER, "ar")
        phrases.opening_the_review(3, "ar")
        assert get_language() == "id"


@pytest.mark.parametrize("language", ["fr", "", "en_GB"])
def test_a_language_that_the_site_does_not_speak_is_refused_everywhere(language):
    fiji = delegation("FJ")
    for say in (
        lambda: giving_the_floor(fiji, MINISTER, language),
        lambda: giving_the_floor(fiji, Speaker(), language),
        lambda: phrases.following(None, language),
        lambda: phrases.opening_the_review(1, language),
    ):
        with pytest.raises(ValueError):
            say()
