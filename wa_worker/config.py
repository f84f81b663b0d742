"""The worker's settings, from the environment. Independent of the app's settings: the worker ships alone."""

import os
import socket
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from wa_worker.contract.commands import Channel


class SettingsError(Exception):
    """A setting is wrong; the message is one sentence for the person who starts the worker."""


class WorkerSettings(BaseSettings):
    """`ROMS_*` and `REDIS_URL`. Seconds unless a name says otherwise."""

    model_config = SettingsConfigDict(env_prefix="ROMS_", extra="ignore")

    data_dir: Path = Path("./data")
    redis_url: str = Field(default="", validation_alias="REDIS_URL")
    simulator_port: int = Field(default=3001, ge=1, le=65535)
    simulator_url: str = ""
    whatsapp_url: str = "https://web.whatsapp.com/"
    chromium_path: str = ""
    wa_js_path: str = ""
    #: Whether a real number's Chromium may run as root, where it has no sandbox.
    allow_no_sandbox: bool = False
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    worker_id: str = ""
    #: This machine's name among worker hosts, if its own name means nothing (containers).
    host_name: str = Field(default="", max_length=128)
    #: How often an idle QR is renewed before the number is paused until an admin asks for a new one.
    qr_rounds: int = Field(default=5, ge=1, le=100)
    #: How often missed messages are backfilled.
    look_back_seconds: float = Field(default=180.0, gt=0)
    #: How far back messages are read after the first pairing.
    history_days: int = Field(default=7, ge=0, le=365)

    #: How long a page may show neither a QR nor a connection before it is reloaded.
    watchdog_seconds: float = Field(default=120.0, gt=0)
    #: After how long a silence the page asks WhatsApp's server whether it still answers.
    probe_seconds: float = Field(default=20.0, gt=0)
    #: How long that answer may take, and how long a poll of the page may take.
    answer_seconds: float = Field(default=8.0, gt=0)
    look_seconds: float = Field(default=10.0, gt=0)
    #: How long parts of WhatsApp Web may be missing before it counts as incompatible.
    missing_seconds: float = Field(default=20.0, gt=0)
    #: How long a number's own host may be away before that is published.
    elsewhere_seconds: float = Field(default=20.0, gt=0)
    #: After how long without progress a scan counts as waiting for the phone (a passkey).
    confirm_seconds: float = Field(default=15.0, gt=0)
    #: A Chromium that uses more memory than this is replaced when the number is idle; 0: never.
    chromium_max_mb: int = Field(default=2000, ge=0)
    #: How often that is checked, how old a Chromium must be, and how long the number must have been idle.
    recycle_look_seconds: float = Field(default=15.0, gt=0)
    recycle_fresh_seconds: float = Field(default=600.0, ge=0)
    idle_seconds: float = Field(default=30.0, ge=0)
    #: When each Chromium is replaced at night, in the host's local time; empty: never.
    recycle_at: str = Field(default="03:30", pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")
    #: With less free space in the data folder the disk counts as full.
    disk_min_mb: int = Field(default=500, ge=0)

    #: Where files are stored: empty for the data folder, or ``s3://bucket/prefix``. The endpoint: of another S3 server.
    media_url: str = ""
    media_endpoint: str = ""
    #: No larger file is downloaded.
    media_max_mb: int = Field(default=64, ge=1, le=2048)
    #: How long the download of one file may take.
    media_seconds: float = Field(default=90.0, gt=0)
    #: How long the page may take to send a text, and a file, before the message is looked up.
    send_seconds: float = Field(default=60.0, gt=0)
    upload_seconds: float = Field(default=120.0, gt=0)
    #: How long sending rests after three refusals in a row.
    breaker_seconds: float = Field(default=300.0, gt=0)
    #: How many chats a day a real number may start with a customer who never wrote.
    first_contacts_per_day: int = Field(default=0, ge=0, le=10)
    #: For tests: demo phones are paced too, and all waits of the pacing are multiplied.
    pace_demo: bool = False
    pace_scale: float = Field(default=1.0, gt=0, le=10)
    #: Whether to start a browser and the decoders once at the worker's start, and publish in the heartbeat whether that
    #: works. Off after a crash, when the numbers come first, and for tests that start many workers.
    self_check: bool = True

    @cached_property
    def data(self) -> Path:
        """The data folder, absolute."""
        return self.data_dir.expanduser().resolve()

    @property
    def redis(self) -> str:
        """`REDIS_URL`, else the socket of the Redis that the supervisor starts."""
        return self.redis_url or f"unix://{self.data}/redis/redis.sock"

    @property
    def bundle(self) -> Path:
        """The path of the wa-js bundle."""
        return Path(self.wa_js_path) if self.wa_js_path else self.data / "wa-js" / "wppconnect-wa.js"

    @cached_property
    def name(self) -> str:
        """This worker's name among workers."""
        return self.worker_id or f"{self.host}-{os.getpid()}"

    @cached_property
    def host(self) -> str:
        """This machine's name among worker hosts."""
        return self.host_name or socket.gethostname()

    def may_lack_sandbox(self, channel: Channel) -> bool:
        """Whether a number's Chromium may run as root, without a sandbox. A demo phone's page is our own."""
        return channel is Channel.DEMO or self.allow_no_sandbox

    def page_url(self, channel: Channel, inbox_id: int) -> str:
        """The page to load for a number: WhatsApp Web, or its demo phone in the simulator."""
        if channel is Channel.DEMO:
            base = self.simulator_url or f"http://127.0.0.1:{self.simulator_port}"
            return f"{base.rstrip('/')}/?phone={inbox_id}"
        return self.whatsapp_url


def load_settings() -> WorkerSettings:
    """Read the environment. Raises SettingsError with one sentence that names the variable."""
    try:
        return WorkerSettings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "?"
        variable = name if name.isupper() else f"ROMS_{name.upper()}"
        raise SettingsError(f"{variable} can't be used: {first['msg']}. Change it in .env and start again.") from error
