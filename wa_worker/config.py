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
    #: This machine's name among worker hosts, when its own would not tell (containers).
    host_name: str = Field(default="", max_length=128)
    #: How often an idle QR is renewed by itself before the number is paused until an admin asks.
    qr_rounds: int = Field(default=5, ge=1, le=100)
    #: How often to look back for messages that were not heard.
    look_back_seconds: float = Field(default=180.0, gt=0)
    #: How far back the first pairing reads.
    history_days: int = Field(default=7, ge=0, le=365)

    #: So long may a page show neither a QR nor a connection before it is loaded again.
    watchdog_seconds: float = Field(default=120.0, gt=0)
    #: After so long a silence WhatsApp's server is asked whether it still answers the page.
    probe_seconds: float = Field(default=20.0, gt=0)
    #: How long that answer may take, and how long a page may take to show its state.
    answer_seconds: float = Field(default=8.0, gt=0)
    look_seconds: float = Field(default=10.0, gt=0)
    #: So long may parts of WhatsApp Web be missing before it counts as incompatible.
    missing_seconds: float = Field(default=20.0, gt=0)
    #: So long may a number's own host be away before somebody is told.
    elsewhere_seconds: float = Field(default=20.0, gt=0)
    #: After so long without progress a scan is taken to wait for something on the phone (a passkey).
    confirm_seconds: float = Field(default=15.0, gt=0)
    #: A Chromium that holds more memory than this is replaced when the number is idle; 0: never.
    chromium_max_mb: int = Field(default=2000, ge=0)
    #: How often that is looked at, how young one is left alone, and for how long nothing may have been heard before.
    recycle_look_seconds: float = Field(default=15.0, gt=0)
    recycle_fresh_seconds: float = Field(default=600.0, ge=0)
    idle_seconds: float = Field(default=30.0, ge=0)
    #: When each Chromium is replaced at night, in the host's own time; empty: never.
    recycle_at: str = Field(default="03:30", pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")
    #: Less free space in the data folder than this is a full disk.
    disk_min_mb: int = Field(default=500, ge=0)

    #: Where files lie: empty for the data folder, or ``s3://bucket/prefix``; the endpoint of a server not Amazon's.
    media_url: str = ""
    media_endpoint: str = ""
    #: No larger file is downloaded.
    media_max_mb: int = Field(default=64, ge=1, le=2048)
    #: How long WhatsApp may take to give one file.
    media_seconds: float = Field(default=90.0, gt=0)
    #: How long the page may take to send a message, and to upload a file, before it is looked up.
    send_seconds: float = Field(default=60.0, gt=0)
    upload_seconds: float = Field(default=120.0, gt=0)
    #: How long sending rests after three refusals in a row.
    breaker_seconds: float = Field(default=300.0, gt=0)
    #: How many chats a day a real number may begin in which the customer never wrote.
    first_contacts_per_day: int = Field(default=0, ge=0, le=10)
    #: Demo phones are paced too, and all waits of the pacing are multiplied: for tests.
    pace_demo: bool = False
    pace_scale: float = Field(default=1.0, gt=0, le=10)
    #: Start a browser and the decoders once at the worker's start, and say in the heartbeat whether they do; off after
    #: a crash, when the numbers come first, and for tests that start many workers.
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
        """Where the wa-js bundle lies."""
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
