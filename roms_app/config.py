"""The app's settings, from the environment. A leaf: imports nothing of ROMS but its errors.

`.env` is read by the `roms` command before it starts anything, not here, so that every process sees one environment.
"""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from roms_app.errors import ConfigurationError

Port = Annotated[int, Field(ge=1, le=65_535)]


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise ValueError("must be an address that begins with http:// or https://")
    return value.rstrip("/")


class Settings(BaseSettings):
    """Everything that can be configured. Names in the environment: ``ROMS_`` and the field's in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="ROMS_", env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

    data_dir: Path = Path("data")
    host: str = "127.0.0.1"
    port: Port = 3000
    #: The address that people use; "" is http://localhost:{port}.
    public_url: Annotated[str, AfterValidator(_http_url)] = ""
    #: "" is SQLite in the data folder.
    database_url: str = ""
    #: "" is our own Redis on a socket in the data folder.
    redis_url: str = Field(default="", validation_alias="REDIS_URL")
    #: Where files lie: "" is the data folder's `media`, else s3://bucket/prefix (with the usual AWS_* settings).
    media_url: str = ""
    #: Of an S3 that is not Amazon's.
    media_endpoint: Annotated[str, AfterValidator(_http_url)] = ""
    #: No larger file is sent or kept.
    media_max_mb: Annotated[int, Field(ge=1, le=2048)] = 64
    #: What one agent, and all together, may upload within a day, sent or not.
    upload_agent_mb: Annotated[int, Field(ge=1)] = 4096
    upload_total_mb: Annotated[int, Field(ge=1)] = 32_768
    simulator_port: Port = 3001
    simulator_url: Annotated[str, AfterValidator(_http_url)] = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    #: Needed to make the first admin from another machine; "" lets the start make one and print it.
    setup_token: str = ""
    session_days: Annotated[int, Field(ge=1, le=365)] = 30
    #: How long an agent without an open tab keeps their place in the rotation.
    presence_grace_seconds: Annotated[int, Field(ge=5, le=3600)] = 90
    default_language: Literal["en", "id"] = "en"
    default_timezone: str = "Asia/Jakarta"

    @field_validator("log_level", "log_format", "default_language", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        for prefix in ("postgresql://", "postgres://"):
            if value.startswith(prefix):
                value = "postgresql+psycopg://" + value.removeprefix(prefix)
        try:
            is_known = not value or make_url(value).drivername in ("sqlite", "postgresql+psycopg")
        except ArgumentError:
            is_known = False
        if not is_known:
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return value

    @field_validator("media_url")
    @classmethod
    def _media(cls, value: str) -> str:
        if value and (not value.startswith("s3://") or not urlsplit(value).netloc):
            raise ValueError("must begin with s3:// and name a bucket")
        return value.rstrip("/")

    @field_validator("default_timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("must be a time zone such as Asia/Jakarta")
        return ZoneInfo(value).key

    def model_post_init(self, context: Any, /) -> None:
        """Fill what depends on other settings."""
        derived = {
            "public_url": f"http://localhost:{self.port}",
            "database_url": f"sqlite:///{self.data_dir / 'roms.db'}",
            "redis_url": f"unix://{self.redis_socket}",
            "simulator_url": f"http://127.0.0.1:{self.simulator_port}",
        }
        for name, value in derived.items():
            if not getattr(self, name):
                object.__setattr__(self, name, value)

    @property
    def redis_socket(self) -> Path:
        """Where our own Redis listens when no REDIS_URL is set."""
        return self.data_dir / "redis" / "redis.sock"

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file of ours."""
        return self.database_url.startswith("sqlite")

    @property
    def media_max_bytes(self) -> int:
        """`media_max_mb` in bytes."""
        return self.media_max_mb * 1024 * 1024

    @property
    def presence_grace_ms(self) -> int:
        """`presence_grace_seconds` in the unit of our times."""
        return self.presence_grace_seconds * 1000


def load_settings() -> Settings:
    """Read the environment. Raises ConfigurationError with one sentence about the first wrong value."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "?"
        name = field if field == "REDIS_URL" else f"ROMS_{field.upper()}"
        why = first["msg"].removeprefix("Value error, ")
        raise ConfigurationError(
            f"{name} has a value that can't be used: {why[:1].lower()}{why[1:]}.",
            "Correct it in the environment or in .env; .env.example explains each setting.",
        ) from None


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return load_settings()
