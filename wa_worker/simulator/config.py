"""The simulator's settings, from the environment."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class SimulatorSettings(BaseSettings):
    """`ROMS_*`: the name in upper case after ``ROMS_``, as ``ROMS_SIMULATOR_PORT``."""

    model_config = SettingsConfigDict(env_prefix="ROMS_", extra="ignore", frozen=True)

    data_dir: Path = Path("data")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    #: Loopback by default: whoever reaches the simulator can act as every customer.
    simulator_host: str = "127.0.0.1"
    simulator_port: int = Field(default=3001, ge=1, le=65535)
    #: The addresses that people and parts of ROMS use. Requests to other host names are refused.
    simulator_url: str = ""
    public_url: str = ""
    #: How long one QR code is valid. WhatsApp's own: 20 s, the first one 60 s.
    simulator_qr_seconds: float = Field(default=20.0, gt=0, le=3600)
    #: After so many unscanned codes the page shows none until a person asks again, as WhatsApp's does.
    simulator_qr_codes: int = Field(default=6, ge=1, le=1000)

    @property
    def folder(self) -> Path:
        """The folder in which the phones are kept."""
        return self.data_dir / "simulator"
