"""Settings: what is derived, and how a wrong value is told."""

from pathlib import Path

import pytest

from roms_app.config import load_settings
from roms_app.errors import ConfigurationError


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No setting of this machine's, and a data folder of our own."""
    for name in ("ROMS_PORT", "ROMS_PUBLIC_URL", "ROMS_DATABASE_URL", "REDIS_URL", "ROMS_SIMULATOR_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ROMS_DATA_DIR", str(tmp_path))
    return tmp_path


def test_what_is_not_set_follows_from_what_is(monkeypatch: pytest.MonkeyPatch, clean: Path) -> None:
    monkeypatch.setenv("ROMS_PORT", "4000")
    settings = load_settings()
    assert settings.public_url == "http://localhost:4000"
    assert settings.database_url == f"sqlite:///{clean}/roms.db"
    assert settings.redis_url == f"unix://{clean}/redis/redis.sock"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_spoken_to_with_psycopg(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setenv("ROMS_DATABASE_URL", f"{scheme}://roms:x@db/roms")
    assert load_settings().database_url == "postgresql+psycopg://roms:x@db/roms"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROMS_PORT", "http"),
        ("ROMS_PORT", "70000"),
        ("ROMS_PUBLIC_URL", "roms.example.com"),
        ("ROMS_DATABASE_URL", "mysql://x"),
        ("ROMS_DATABASE_URL", "nonsense"),
        ("REDIS_URL", "localhost:6379"),
        ("ROMS_DEFAULT_TIMEZONE", "Jakarta"),
        ("ROMS_DEFAULT_LANGUAGE", "fr"),
        ("ROMS_LOG_LEVEL", "loud"),
        ("ROMS_PRESENCE_GRACE_SECONDS", "0"),
        ("ROMS_MEDIA_URL", "/srv/media"),
        ("ROMS_MEDIA_URL", "s3://"),
        ("ROMS_MEDIA_ENDPOINT", "s3.example.id"),
        ("ROMS_MEDIA_MAX_MB", "0"),
    ],
)
def test_a_wrong_value_is_one_sentence_with_its_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=f"^{name} has a value that can't be used: .+\\.") as raised:
        load_settings()
    assert "\n" not in str(raised.value)


def test_an_empty_value_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROMS_PORT", "")
    assert load_settings().port == 3000


def test_every_setting_of_files_is_explained_to_who_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROMS_MEDIA_URL", "s3://roms/files/")
    monkeypatch.setenv("ROMS_MEDIA_MAX_MB", "16")
    settings = load_settings()
    assert (settings.media_url, settings.media_max_bytes) == ("s3://roms/files", 16 * 1024 * 1024)
    root = Path(__file__).parents[1]
    for document in (root / ".env.example", root / "docs/operations.md"):
        text = document.read_text("utf-8")
        missing = [
            name for name in settings.model_dump() if name.startswith("media_") if f"ROMS_{name.upper()}" not in text
        ]
        assert not missing, document.name
