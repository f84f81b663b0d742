"""`.env.example` names every setting that a process reads, and no other."""

import re

import pytest
from pydantic_settings import BaseSettings

from roms_app.config import Settings
from roms_app.ops.paths import ROOT
from wa_worker.config import WorkerSettings
from wa_worker.simulator.config import SimulatorSettings

CLASSES = (Settings, WorkerSettings, SimulatorSettings)


def documented() -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def names(settings: type[BaseSettings]) -> set[str]:
    prefix = settings.model_config.get("env_prefix", "")
    return {str(field.validation_alias or f"{prefix}{name}".upper()) for name, field in settings.model_fields.items()}


@pytest.mark.parametrize("settings", CLASSES)
def test_every_setting_is_documented(settings: type[BaseSettings]) -> None:
    assert names(settings) <= documented()


def test_nothing_else_is_documented() -> None:
    assert documented() == set().union(*(names(settings) for settings in CLASSES))


def test_every_setting_carries_our_name() -> None:
    assert {name for name in documented() if not name.startswith("ROMS_")} == {"REDIS_URL"}


def test_all_are_commented_out_so_that_a_copy_changes_nothing() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []
