"""Times in words: in the zone of the conference, in the language of the reader.

Every `datetime` is aware; every zone is a name such as Asia/Makassar. Clocks are shown in 24 hours everywhere, since
people of many countries read one programme.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, get_timezone_gmt, get_timezone_location, get_timezone_name
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

# English as the world writes it: the day before the month.
SPELLED = {"en": "en_GB"}


def locale() -> Locale:
    """How the active language writes dates and countries."""
    return _locale(get_language() or "en")


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(SPELLED.get(language, language.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")


def machine(moment: datetime, *, precise: bool = False) -> str:
    """As scripts and cards have it: 2021-11-16T05:00:00Z, with `precise` to the millisecond."""
    unit = "milliseconds" if precise else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=unit).replace("+00:00", "Z")


def local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone))


def clock(moment: datetime, zone: str) -> str:
    """13:05"""
    return f"{local(moment, zone):%H:%M}"


def day(moment: datetime, zone: str) -> str:
    """Tuesday, 16 November 2021"""
    return format_date(local(moment, zone), "full", locale=locale())


def short_day(moment: datetime, zone: str) -> str:
    """16 Nov"""
    return format_skeleton("MMMd", local(moment, zone), locale=locale())


def zone_words(zone: str, moment: datetime) -> str:
    """What the zone is called at that moment (summer time has its own name): Central Indonesia Time."""
    then = local(moment, zone)
    name = get_timezone_name(then, width="long", locale=locale())
    if name == get_timezone_gmt(then, width="long", locale=locale()):
        # Unicode has names for zones that many share; the others are known by their place.
        name = get_timezone_location(then, locale=locale())
    return name


def offset(zone: str, moment: datetime) -> str:
    """UTC+8, UTC+5:45, UTC"""
    ahead = local(moment, zone).utcoffset() or timedelta()
    minutes = round(abs(ahead).total_seconds() / 60)
    if not minutes:
        return "UTC"
    sign = "+" if ahead > timedelta() else "−"
    return f"UTC{sign}{minutes // 60}" + (f":{minutes % 60:02d}" if minutes % 60 else "")


def country_words(code: str) -> str:
    """The country's name in the reader's language, or the code where Unicode knows none."""
    return locale().territories.get(code.upper(), code.upper())


def day_and_time(day: object, time: object) -> SafeString:
    """The two in one line, joined as the reader's language joins them; the line may break between them."""
    # Translators: a day and its time, as in “16 Nov, 13:00”.
    return format_html(_("{day}, {time}"), day=format_html("<span>{}</span>", day), time=time)
