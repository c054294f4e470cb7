"""Protocol names of states in the site's languages: what a flag and a name plate say until organisers say otherwise.

Unicode's names of territories, but for states that the United Nations list under another name.
"""

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
    return {language: Locale(language).territories.get(code, fallback) for language, _ in settings.LANGUAGES}
