"""Protocol names of states in the site's languages: what a flag and a name plate say until organisers say otherwise.

Unicode's names of territories, but for states that the United Nations list under another name.
"""

from collections.abc import Mapping
from functools import cache

from babel import Locale
from django.conf import settings
from django_countries import countries

# ISO 3166-1 code: the name by language's code.
UNITED_NATIONS: dict[str, dict[str, str]] = {
    "BN": {"en": "Brunei Darussalam", "id": "Brunei Darussalam", "ar": "بروني دار السلام"},
    "BO": {
        "en": "Bolivia (Plurinational State of)",
        "id": "Bolivia (Negara Plurinasional)",
        "ar": "بوليفيا (دولة - المتعددة القوميات)",
    },
    "CD": {
        "en": "Democratic Republic of the Congo",
        "id": "Republik Demokratik Kongo",
        "ar": "جمهورية الكونغو الديمقراطية",
    },
    "CG": {"en": "Congo", "id": "Kongo", "ar": "الكونغو"},
    "CI": {"en": "Côte d’Ivoire", "id": "Pantai Gading", "ar": "كوت ديفوار"},
    "CV": {"en": "Cabo Verde", "id": "Tanjung Verde", "ar": "كابو فيردي"},
    "FM": {
        "en": "Micronesia (Federated States of)",
        "id": "Mikronesia (Negara Federasi)",
        "ar": "ميكرونيزيا (ولايات - الموحدة)",
    },
    "GB": {
        "en": "United Kingdom of Great Britain and Northern Ireland",
        "id": "Kerajaan Bersatu Britania Raya dan Irlandia Utara",
        "ar": "المملكة المتحدة لبريطانيا العظمى وأيرلندا الشمالية",
    },
    "IR": {"en": "Iran (Islamic Republic of)", "id": "Iran (Republik Islam)", "ar": "إيران (جمهورية - الإسلامية)"},
    "KP": {
        "en": "Democratic People’s Republic of Korea",
        "id": "Republik Rakyat Demokratik Korea",
        "ar": "جمهورية كوريا الشعبية الديمقراطية",
    },
    "KR": {"en": "Republic of Korea", "id": "Republik Korea", "ar": "جمهورية كوريا"},
    "LA": {
        "en": "Lao People’s Democratic Republic",
        "id": "Republik Demokratik Rakyat Laos",
        "ar": "جمهورية لاو الديمقراطية الشعبية",
    },
    "MD": {"en": "Republic of Moldova", "id": "Republik Moldova", "ar": "جمهورية مولدوفا"},
    "MM": {"en": "Myanmar", "id": "Myanmar", "ar": "ميانمار"},
    "PS": {"en": "State of Palestine", "id": "Negara Palestina", "ar": "دولة فلسطين"},
    "RU": {"en": "Russian Federation", "id": "Federasi Rusia", "ar": "الاتحاد الروسي"},
    "SY": {"en": "Syrian Arab Republic", "id": "Republik Arab Suriah", "ar": "الجمهورية العربية السورية"},
    "TL": {"en": "Timor-Leste", "id": "Timor-Leste", "ar": "تيمور - ليشتي"},
    "TR": {"en": "Türkiye", "id": "Türkiye", "ar": "تركيا"},
    "TZ": {"en": "United Republic of Tanzania", "id": "Republik Persatuan Tanzania", "ar": "جمهورية تنزانيا المتحدة"},
    "US": {"en": "United States of America", "id": "Amerika Serikat", "ar": "الولايات المتحدة الأمريكية"},
    "VA": {"en": "Holy See", "id": "Takhta Suci", "ar": "الكرسي الرسولي"},
    "VE": {
        "en": "Venezuela (Bolivarian Republic of)",
        "id": "Venezuela (Republik Bolivarian)",
        "ar": "فنزويلا (جمهورية - البوليفارية)",
    },
    "VN": {"en": "Viet Nam", "id": "Viet Nam", "ar": "فييت نام"},
}


# The same States in languages that this site does not speak and a conference may be ordered in.
UNITED_NATIONS_ELSEWHERE: dict[str, dict[str, str]] = {
    "BN": {"fr": "Brunéi Darussalam", "es": "Brunei Darussalam", "ru": "Бруней-Даруссалам"},
    "BO": {
        "fr": "Bolivie (État plurinational de)",
        "es": "Bolivia (Estado Plurinacional de)",
        "ru": "Боливия (Многонациональное Государство)",
    },
    "CD": {
        "fr": "République démocratique du Congo",
        "es": "República Democrática del Congo",
        "ru": "Демократическая Республика Конго",
    },
    "CG": {"fr": "Congo", "es": "Congo", "ru": "Конго"},
    "CI": {"fr": "Côte d’Ivoire", "es": "Côte d’Ivoire", "ru": "Кот-д’Ивуар"},
    "CV": {"fr": "Cabo Verde", "es": "Cabo Verde", "ru": "Кабо-Верде"},
    "FM": {
        "fr": "Micronésie (États fédérés de)",
        "es": "Micronesia (Estados Federados de)",
        "ru": "Микронезия (Федеративные Штаты)",
    },
    "GB": {
        "fr": "Royaume-Uni de Grande-Bretagne et d’Irlande du Nord",
        "es": "Reino Unido de Gran Bretaña e Irlanda del Norte",
        "ru": "Соединенное Королевство Великобритании и Северной Ирландии",
    },
    "IR": {
        "fr": "Iran (République islamique d’)",
        "es": "Irán (República Islámica del)",
        "ru": "Иран (Исламская Республика)",
    },
    "KP": {
        "fr": "République populaire démocratique de Corée",
        "es": "República Popular Democrática de Corea",
        "ru": "Корейская Народно-Демократическая Республика",
    },
    "KR": {"fr": "République de Corée", "es": "República de Corea", "ru": "Республика Корея"},
    "LA": {
        "fr": "République démocratique populaire lao",
        "es": "República Democrática Popular Lao",
        "ru": "Лаосская Народно-Демократическая Республика",
    },
    "MD": {"fr": "République de Moldova", "es": "República de Moldova", "ru": "Республика Молдова"},
    "MM": {"fr": "Myanmar", "es": "Myanmar", "ru": "Мьянма"},
    "PS": {"fr": "État de Palestine", "es": "Estado de Palestina", "ru": "Государство Палестина"},
    "RU": {"fr": "Fédération de Russie", "es": "Federación de Rusia", "ru": "Российская Федерация"},
    "SY": {"fr": "République arabe syrienne", "es": "República Árabe Siria", "ru": "Сирийская Арабская Республика"},
    "TL": {"fr": "Timor-Leste", "es": "Timor-Leste", "ru": "Тимор-Лешти"},
    "TR": {"fr": "Türkiye", "es": "Türkiye", "ru": "Турция"},
    "TZ": {
        "fr": "République-Unie de Tanzanie",
        "es": "República Unida de Tanzanía",
        "ru": "Объединенная Республика Танзания",
    },
    "US": {"fr": "États-Unis d’Amérique", "es": "Estados Unidos de América", "ru": "Соединенные Штаты Америки"},
    "VA": {"fr": "Saint-Siège", "es": "Santa Sede", "ru": "Святой Престол"},
    "VE": {
        "fr": "Venezuela (République bolivarienne du)",
        "es": "Venezuela (República Bolivariana de)",
        "ru": "Венесуэла (Боливарианская Республика)",
    },
    "VN": {"fr": "Viet Nam", "es": "Viet Nam", "ru": "Вьетнам"},
}
# Where Unicode's name of the territory is not one under which the State takes part.
NOT_BY_TERRITORY = frozenset({"MM", "PS", "VA"})


def is_country(code: str) -> bool:
    """Whether this is a code of ISO 3166-1 that delegations can be picked from."""
    return code in countries


def protocol_name(code: str) -> dict[str, str]:
    """The name of an ISO 3166-1 code by language's code. Raises LookupError for a code there is not."""
    if not is_country(code):
        raise LookupError(code)
    if code in UNITED_NATIONS:
        return UNITED_NATIONS[code]
    fallback = str(countries.name(code))
    return {language: _territories(language).get(code, fallback) for language, _ in settings.LANGUAGES}


def name_in(code: str, language: str) -> str:
    """The protocol name of an ISO 3166-1 code in any language that Unicode has names in; "" for no country."""
    for table in (UNITED_NATIONS, UNITED_NATIONS_ELSEWHERE):
        if language in table.get(code, {}):
            return table[code][language]
    return _territory(code, language)


def short_name_in(code: str, language: str) -> str:
    """What the country is called every day: Laos, Bolivia. As `name_in`."""
    return name_in(code, language) if code in NOT_BY_TERRITORY else _territory(code, language)


def _territory(code: str, language: str) -> str:
    return str(_territories(language).get(code) or countries.name(code))


@cache
def _territories(language: str) -> Mapping[str, str]:
    territories: Mapping[str, str] = Locale(language).territories
    return territories
