"""Moments in words, in a person's zone and language. Lists that live are formatted in the browser instead."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_name

#: Indonesia's own names of its zones, which babel does not know.
_INDONESIAN: Final = {"Asia/Jakarta": "WIB", "Asia/Pontianak": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
#: English as the rest of the world writes it: the day first, 24 hours.
_LOCALES: Final = {"en": "en_GB", "id": "id_ID"}


def moment(at: int, now: int, *, timezone: str, language: str) -> str:
    """``14:02 WIB``, or ``21 Nov, 14:02 WIB`` on another day. Times are epoch milliseconds."""
    zone, locale = ZoneInfo(timezone), _locale(language)
    when, today = (datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone) for ms in (at, now))
    clock = f"{format_time(when, 'HH:mm' if language != 'id' else 'HH.mm', locale=locale)} {zone_label(when, locale)}"
    if when.date() == today.date():
        return clock
    return f"{format_date(when, 'd MMM' if when.year == today.year else 'd MMM yyyy', locale=locale)}, {clock}"


def zone_label(when: datetime, locale: Locale) -> str:
    """WIB, WITA, WIT, or the short name of another zone."""
    key = getattr(when.tzinfo, "key", "")
    return _INDONESIAN.get(key) or get_timezone_name(when, width="short", locale=locale)


@lru_cache(maxsize=8)
def _locale(language: str) -> Locale:
    return Locale.parse(_LOCALES.get(language, "en_GB"))
