"""The worker's settings, from the environment. Knows nothing of the app's settings: the worker ships alone."""

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
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    worker_id: str = ""
    #: How often an idle QR is renewed by itself before the number is paused until an admin asks.
    qr_rounds: int = Field(default=5, ge=1, le=100)
    #: How often to look back for messages that were not heard.
    look_back_seconds: float = Field(default=180.0, gt=0)
    #: How far back the first pairing reads.
    history_days: int = Field(default=7, ge=0, le=365)

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
        return self.worker_id or f"{socket.gethostname()}-{os.getpid()}"

    def page_url(self, channel: Channel, inbox_id: int) -> str:
        """The page that a number lives on: WhatsApp Web, or its demo phone in the simulator."""
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
