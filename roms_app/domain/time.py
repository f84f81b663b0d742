"""Times for people: what the server itself renders. The browser formats what changes live (docs/decisions/002)."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, get_timezone_name

#: Indonesia's three zones by the names that people use, in both languages.
_INDONESIAN: Final = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Ujung_Pandang": "WITA",
    "Asia/Jayapura": "WIT",
}


@lru_cache(maxsize=8)
def _locale(language: str) -> Locale:
    return Locale.parse("id" if language == "id" else "en_GB")


def local(epoch_ms: int, timezone: str) -> datetime:
    """Epoch milliseconds as an aware time in an IANA zone."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).astimezone(ZoneInfo(timezone))


def zone_label(timezone: str, language: str = "en") -> str:
    """WIB, WITA or WIT in Indonesia, else babel's short name."""
    known = _INDONESIAN.get(timezone)
    return known or get_timezone_name(ZoneInfo(timezone), "short", locale=_locale(language))


def clock(epoch_ms: int, timezone: str, language: str = "en") -> str:
    """Hours and minutes: 14:02 in English, 14.02 in Indonesian."""
    return format_time(local(epoch_ms, timezone), "HH:mm" if language != "id" else "HH.mm", locale=_locale(language))


def day(epoch_ms: int, timezone: str, language: str = "en") -> str:
    """A day as a separator shows it: 7 August 2026, 7 Agustus 2026."""
    return format_date(local(epoch_ms, timezone).date(), "d MMMM yyyy", locale=_locale(language))


def moment(epoch_ms: int, timezone: str, language: str = "en") -> str:
    """Day, time and zone: 7 Aug 2026, 14:02 WIB."""
    pattern = "d MMM yyyy, HH:mm" if language != "id" else "d MMM yyyy HH.mm"
    written = format_datetime(local(epoch_ms, timezone), pattern, locale=_locale(language))
    return f"{written} {zone_label(timezone, language)}"
