"""Finds problems of this ROMS and suggests fixes. Reads only; changes nothing."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlmodel import Session

from roms_app import database
from roms_app.config import Settings
from roms_app.errors import ConfigurationError, RomsError
from roms_app.ops import chromium, frontend, ports, readiness, redis_server, running, self_check, wa_js
from roms_app.ops.environment import is_own_redis, make_private_folder, own_redis_socket
from roms_app.ops.machine import is_root
from roms_app.ops.running import is_running
from roms_app.services import inboxes
from wa_worker.contract import streams
from wa_worker.contract.commands import Channel
from wa_worker.storage.private_files import open_to_others

DISK_BYTES: Final = 1_000_000_000
CLOCK_SECONDS: Final = 2.0


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's table."""

    name: str
    is_good: bool
    detail: str
    mend: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Run all checks, in the order in which one failure explains the next."""
    return [_look(name, check, settings) for name, check in CHECKS.items()]


def _look(name: str, check: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(name, True, check(settings))
    except RomsError as error:
        return Finding(name, False, error.message, error.mend)


def _data_folder(settings: Settings) -> str:
    make_private_folder(settings.data_dir)
    return str(settings.data_dir)


def _file_modes(settings: Settings) -> str:
    if found := next(open_to_others(settings.data_dir), None):
        raise ConfigurationError(
            f"Other users of this machine can read {found}.",
            "Stop ROMS and start it again: it closes its files to them. Files that belong to another user: "
            f'`sudo chown -R "$(id -un)" {settings.data_dir}` before that.',
        )
    return "for this user only"


def _sandbox(settings: Settings) -> str:
    if not is_root():
        return "Chromium's own"
    if settings.allow_no_sandbox:
        return "none: ROMS runs as root, and ROMS_ALLOW_NO_SANDBOX allows it"
    if names := _real_numbers(settings):
        raise ConfigurationError(
            f"ROMS runs as root, where Chromium has no sandbox. The number {names[0]} is not started.",
            self_check.RUN_AS_A_USER,
        )
    return "none: ROMS runs as root. Demo phones work, WhatsApp numbers need a user of its own"


def _real_numbers(settings: Settings) -> list[str]:
    engine = database.make_engine(settings.database_url)
    if database.schema_state(engine) is not database.SchemaState.UP_TO_DATE:
        return []
    with Session(engine) as session:
        return [card.name for card in inboxes.list_cards(session) if card.channel == Channel.WHATSAPP]


def _disk(settings: Settings) -> str:
    free = shutil.disk_usage(settings.data_dir).free
    if free < DISK_BYTES:
        raise ConfigurationError(
            f"Only {free / 1e9:.2f} GB are free in {settings.data_dir}.",
            "Make room: Chromium's profiles and the database stop when the disk is full.",
        )
    return f"{free / 1e9:.1f} GB free"


def _redis(settings: Settings) -> str:
    if is_stopped_own_redis(settings):
        return f"our own ({redis_server.find_server()}), starts with ROMS"
    info = redis_server.check_redis(settings.redis_url)
    if not info.get("aof_enabled"):
        raise ConfigurationError(
            "Redis keeps no append-only file: a restart of Redis would lose what is on its way.",
            "Set `appendonly yes` in its configuration (or `redis-cli CONFIG SET appendonly yes`).",
        )
    return f"version {info['redis_version']}, append-only file on"


def _database(settings: Settings) -> str:
    engine = database.make_engine(settings.database_url)
    if database.schema_state(engine) is database.SchemaState.UP_TO_DATE:
        database.require_write(engine)
    return "SQLite" if settings.is_sqlite else "PostgreSQL"


def _migrations(settings: Settings) -> str:
    database.require_schema(database.make_engine(settings.database_url))
    return "up to date"


def _chromium(settings: Settings) -> str:
    found = chromium.find_chromium()
    if found is None:
        raise ConfigurationError("There is no Chromium.", "Run `make setup`, or set ROMS_CHROMIUM_PATH.")
    self_check.require_good(self_check.examine(found, settings.data_dir))
    return f"{found} shows a page, and the media decoders work"


def _bundle(settings: Settings) -> str:
    wa_js.check_bundle(wa_js.bundle_path(settings))
    return wa_js.PACKAGE


def _pages(_settings: Settings) -> str:
    if not frontend.is_built():
        raise ConfigurationError("The pages are not built from these sources.", "Run `roms build`.")
    return "built"


def _ports(settings: Settings) -> str:
    if run := running.running_settings(settings):
        _require_answer(f"{readiness.address_of(run)}/readyz")
        if run.port == settings.port:
            return f"ROMS answers on {run.port}"
        holder = ports.holder_of(settings.host, settings.port)
        return f"ROMS answers on {run.port}; ROMS_PORT here is {settings.port}, which {holder or 'nobody'} uses"
    ports.require_free(settings.host, settings.port, "ROMS_PORT")
    ports.require_free("127.0.0.1", settings.simulator_port, "ROMS_SIMULATOR_PORT")
    return f"{settings.port} and {settings.simulator_port} are free"


def _clock(settings: Settings) -> str:
    differences: list[float] = []
    if not is_stopped_own_redis(settings):
        with redis_server.connect(settings.redis_url) as client:
            seconds, micros = _answer(client.time)
        differences.append(abs(time.time() - (seconds + micros / 1e6)))
    if not settings.is_sqlite:
        with database.make_engine(settings.database_url).connect() as connection:
            now = connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one()
        differences.append(abs(time.time() - float(now)))
    worst = max(differences, default=0.0)
    if worst > CLOCK_SECONDS:
        raise ConfigurationError(
            f"This machine's clock differs by {worst:.1f} s from that of Redis or the database.",
            "Let all machines set their clocks by the network (`timedatectl set-ntp true`).",
        )
    return f"agrees within {worst * 1000:.0f} ms" if differences else "nothing else to compare with"


def _worker(settings: Settings) -> str:
    if not is_running(settings) and is_own_redis(settings):
        return "starts with ROMS"
    beats = redis_server.read_heartbeats(settings.redis_url)
    if not beats:
        raise ConfigurationError("No worker is alive.", "Start ROMS, or look into the worker's log.")
    for beat in beats:
        if beat.verdict is not None and beat.verdict.part:
            raise ConfigurationError(
                f"The worker {beat.worker_id} can't work: {beat.verdict.reason.rstrip('.')}.",
                self_check.mend_of(beat.verdict),
            )
    _require_browsers(settings)
    return f"{len(beats)} alive"


def _require_browsers(settings: Settings) -> None:
    """Raises ConfigurationError for a number whose browser the worker can't start now."""
    with Session(database.make_engine(settings.database_url)) as session:
        failing = inboxes.list_failing_browsers(session)
    if failing:
        name, reason = failing[0]
        verdict = streams.Verdict(part="browser", reason=reason)
        raise ConfigurationError(
            f"The worker can't start a browser for the number {name}: {reason}.", self_check.mend_of(verdict)
        )


def _dead_letters(settings: Settings) -> str:
    if is_stopped_own_redis(settings):
        return "seen while ROMS runs"
    with redis_server.connect(settings.redis_url) as client:
        count = _answer(lambda: sum(int(client.xlen(key)) for key in client.scan_iter("wa:*:dead")))  # pyright: ignore[reportArgumentType]
    if count:
        raise ConfigurationError(
            f"{count} entries could not be understood and were put aside.",
            "`roms dead list` shows why; after an upgrade `roms dead replay` tries them again.",
        )
    return "none"


def is_stopped_own_redis(settings: Settings) -> bool:
    """Whether Redis is our own and not running, which is normal while ROMS is stopped."""
    return is_own_redis(settings) and not (own_redis_socket(settings).exists() and is_running(settings))


def _answer(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except RedisError as error:
        raise ConfigurationError(f"Redis does not answer: {error}.", "See the line on Redis.") from error


def _require_answer(url: str) -> None:
    try:
        status = httpx.get(url, timeout=5, trust_env=False).status_code
    except httpx.HTTPError as error:
        raise ConfigurationError(f"The app does not answer at {url} ({error}).", "Look into its output.") from error
    if status != 200:
        raise ConfigurationError(f"The app answers {status} at {url}.", "See the lines on Redis and the database.")


CHECKS: Final[dict[str, Callable[[Settings], str]]] = {
    "Data folder": _data_folder,
    "File modes": _file_modes,
    "Disk": _disk,
    "Redis": _redis,
    "Database": _database,
    "Migrations": _migrations,
    "Chromium": _chromium,
    "Sandbox": _sandbox,
    "WhatsApp Web library": _bundle,
    "Pages": _pages,
    "Ports": _ports,
    "Clock": _clock,
    "Worker": _worker,
    "Dead letters": _dead_letters,
}
