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
        ("ROMS_PUBLIC_URL", "https://toko.id:99999"),
        ("ROMS_PUBLIC_URL", "https://budi:rahasia@toko.id"),
        ("ROMS_PUBLIC_URL", "https://toko id"),
        ("ROMS_TRUSTED_PROXIES", "proxy.toko.id"),
        ("ROMS_TRUSTED_PROXIES", "10.0.0.1/8"),
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


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("https://Toko.id/", "https://toko.id"),
        ("https://toko.id:443", "https://toko.id"),
        ("http://toko.id:80", "http://toko.id"),
        ("https://toko.id:8443", "https://toko.id:8443"),
        ("https://tokö.id", "https://xn--tok-una.id"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_the_public_address_is_kept_as_browsers_write_it(monkeypatch: pytest.MonkeyPatch, url: str, seen: str) -> None:
    monkeypatch.setenv("ROMS_PUBLIC_URL", url)
    settings = load_settings()
    assert settings.origins == [settings.public_url] == [seen]


@pytest.mark.parametrize("url", ["https://toko.id/roms", "https://toko.id?x=1", "https://toko.id/#roms"])
def test_a_public_address_with_a_path_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("ROMS_PUBLIC_URL", url)
    with pytest.raises(ConfigurationError, match="can't be served below a path: give it a name of its own"):
        load_settings()


@pytest.mark.parametrize("url", ["", "http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"])
def test_under_its_own_port_roms_is_for_this_machine(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("ROMS_PUBLIC_URL", url)
    settings = load_settings()
    assert settings.is_direct
    assert settings.origins == ["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"]


def test_a_developers_pages_are_ours_under_make_dev_only(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings()
    for mode in ("prod", ""):
        monkeypatch.setenv("REFLEX_ENV_MODE", mode)
        assert not [origin for origin in settings.origins if "4000" in origin]
    monkeypatch.setenv("REFLEX_ENV_MODE", "dev")
    assert "http://localhost:4000" in settings.origins


@pytest.mark.parametrize(
    ("text", "trusted"),
    [
        ("none", ()),
        ("10.0.0.0/8, fd00::/8", ("10.0.0.0/8", "::ffff:10.0.0.0/104", "fd00::/8")),
        ("", ("127.0.0.0/8", "::ffff:127.0.0.0/104", "::1/128")),
    ],
)
def test_trusted_proxies_are_networks(monkeypatch: pytest.MonkeyPatch, text: str, trusted: tuple[str, ...]) -> None:
    monkeypatch.setenv("ROMS_TRUSTED_PROXIES", text)
    assert load_settings().trusted_proxies == trusted
