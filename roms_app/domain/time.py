"""Times as the server renders them. The browser formats times that change live (docs/decisions/002)."""

import math
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_timedelta, get_timezone_name
from babel.numbers import format_percent

from roms_app.i18n.catalog import locale_of

#: Indonesia's three timezones by their common names, which babel does not know.
_INDONESIAN: Final = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Ujung_Pandang": "WITA",
    "Asia/Jayapura": "WIT",
}


@lru_cache(maxsize=8)
def _parsed(locale: str) -> Locale:
    return Locale.parse(locale)


def _locale(language: str) -> Locale:
    return _parsed(locale_of(language))


def local(epoch_ms: int, timezone: str) -> datetime:
    """Epoch milliseconds as an aware time in an IANA zone."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).astimezone(ZoneInfo(timezone))


def zone_label(timezone: str, language: str = "en") -> str:
    """WIB, WITA or WIT in Indonesia, else babel's short name."""
    known = _INDONESIAN.get(timezone)
    return known or get_timezone_name(ZoneInfo(timezone), "short", locale=_locale(language))


def clock(epoch_ms: int, timezone: str, language: str = "en") -> str:
    """Hours and minutes: 14:02 in English, 14.02 in Indonesian."""
    return format_skeleton("Hm", local(epoch_ms, timezone), locale=_locale(language))


def day(epoch_ms: int, timezone: str, language: str = "en") -> str:
    """A day as a separator shows it: 7 August 2026, 7 Agustus 2026."""
    return format_date(local(epoch_ms, timezone).date(), "long", locale=_locale(language))


def moment(epoch_ms: int, now: int, *, timezone: str, language: str = "en") -> str:
    """``14:02 WIB``, or ``21 Nov, 14:02 WIB`` on another day, with its year when that is another too."""
    when, today = local(epoch_ms, timezone).date(), local(now, timezone).date()
    shown = f"{clock(epoch_ms, timezone, language)} {zone_label(timezone, language)}"
    if when == today:
        return shown
    fields = "MMMd" if when.year == today.year else "yMMMd"
    return f"{format_skeleton(fields, local(epoch_ms, timezone), locale=_locale(language))}, {shown}"


def lasted(ms: int, language: str = "en") -> str:
    """A duration in one unit: 3 minutes, 2 jam."""
    return format_timedelta(timedelta(milliseconds=ms), threshold=1, locale=_locale(language))


def percent(share: float, language: str = "en") -> str:
    """0 to 1 as a percentage with one decimal: 99.9 %, 99,9 %. A share below 1 is never rounded up to 100."""
    return format_percent(math.floor(share * 1000) / 1000, "#,##0.#\u00a0%", locale=_locale(language))
