"""Times as people read them."""

import pytest

from roms_app.domain.time import clock, day, moment, zone_label

#: 7 August 2026, 14:02 in Jakarta.
_AT = 1_786_086_120_000


@pytest.mark.parametrize(
    ("zone", "label", "shown"),
    [("Asia/Jakarta", "WIB", "14:02"), ("Asia/Makassar", "WITA", "15:02"), ("Asia/Jayapura", "WIT", "16:02")],
)
def test_indonesias_zones(zone: str, label: str, shown: str) -> None:
    assert zone_label(zone) == label
    assert zone_label(zone, "id") == label
    assert clock(_AT, zone) == shown
    assert clock(_AT, zone, "id") == shown.replace(":", ".")


def test_languages() -> None:
    assert day(_AT, "Asia/Jakarta") == "7 August 2026"
    assert day(_AT, "Asia/Jakarta", "id") == "7 Agustus 2026"


def test_the_day_is_the_zones_own() -> None:
    assert day(_AT - 15 * 3_600_000, "Asia/Jakarta") == "6 August 2026"
    assert day(_AT - 15 * 3_600_000, "Asia/Jayapura") == "7 August 2026"


@pytest.mark.parametrize(
    ("later", "language", "shown"),
    [
        (3_600_000, "en", "14:02 WIB"),
        (3_600_000, "id", "14.02 WIB"),
        (86_400_000, "en", "7 Aug, 14:02 WIB"),
        (86_400_000, "id", "7 Agu, 14.02 WIB"),
        (365 * 86_400_000, "en", "7 Aug 2026, 14:02 WIB"),
    ],
)
def test_moment_is_as_long_as_it_must_be(later: int, language: str, shown: str) -> None:
    assert moment(_AT, _AT + later, timezone="Asia/Jakarta", language=language) == shown
