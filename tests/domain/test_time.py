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
    assert moment(_AT, "Asia/Jakarta") == "7 Aug 2026, 14:02 WIB"
    assert moment(_AT, "Asia/Jakarta", "id") == "7 Agu 2026 14.02 WIB"


def test_the_day_is_the_zones_own() -> None:
    assert day(_AT - 15 * 3_600_000, "Asia/Jakarta") == "6 August 2026"
    assert day(_AT - 15 * 3_600_000, "Asia/Jayapura") == "7 August 2026"
