"""`roms up`, `setup`, `build`, `migrate`, `serve`: the commands that install and run ROMS."""

import asyncio
import os
import secrets
import time
from typing import Annotated

import typer

from roms_app import database
from roms_app.cli.output import Steps, out
from roms_app.config import DEV_PAGES_OFFSET, Settings
from roms_app.errors import ConfigurationError
from roms_app.ops import environment, frontend, ports, readiness, running, services, wa_js
from roms_app.ops.paths import ROOT, runnable
from roms_app.ops.processes import Service, run_mark
from roms_app.ops.set_up import Parts, set_up
from roms_app.ops.supervisor import Plan, Supervisor
from roms_app.services import agents
from wa_worker.storage.private_files import keep_private, make_private


def up(dev: Annotated[bool, typer.Option("--dev", help="Hot reload, for developers.")] = False) -> None:
    """Start ROMS and keep it running."""
    began = time.monotonic()
    keep_private()
    settings = environment.prepare()
    environment.make_private_folder(settings.data_dir)
    with running.exclusive_run(settings) as is_ours:
        if not is_ours:
            raise ConfigurationError(
                f"ROMS already runs on the data folder {settings.data_dir}.",
                "Stop it first, or give this one a folder and ports of its own (ROMS_DATA_DIR, ROMS_PORT, "
                "ROMS_SIMULATOR_PORT).",
            )
        _require_ports(settings, dev)
        _close_to_others(settings)
        with Steps() as steps:
            parts = set_up(settings, steps.say, with_pages=not dev)
        token = settings.setup_token or secrets.token_urlsafe(12)
        plan = _plan(settings, parts, token, dev)
        supervisor = Supervisor(plan, lambda line: out.print(line, markup=False))
        out.print("Starting")
        try:
            asyncio.run(supervisor.run(lambda: _tell_ready(settings, token, dev, time.monotonic() - began)))
        finally:
            if dev:
                frontend.install_packages()
        out.print("Stopped.")


def setup() -> None:
    """Install everything that ROMS needs, without starting it."""
    settings = environment.prepare()
    with Steps() as steps:
        set_up(settings, steps.say)
    _close_to_others(settings)
    out.print("ROMS is set up. Start it with `make run`.")


def build(
    force: Annotated[bool, typer.Option(help="Also when nothing changed.")] = False,
    frozen: Annotated[bool, typer.Option("--frozen", help="With no package that the lock does not name.")] = False,
) -> None:
    """Build the pages."""
    with Steps() as steps:
        was_built = frontend.build(steps.say, force=force, frozen=frozen)
    out.print("The pages are built." if was_built else "The pages are up to date.")


def bundle() -> None:
    """Fetch and check the WhatsApp Web library alone; for the worker's container."""
    settings = environment.prepare()
    with Steps() as steps:
        path = wa_js.ensure_bundle(settings, steps.say)
    out.print(f"It is at {path}.", markup=False)


def migrate() -> None:
    """Bring the database up to date."""
    keep_private()
    found = database.migrate(environment.prepare())
    out.print(
        "The database was up to date." if found is database.SchemaState.UP_TO_DATE else "The database was migrated."
    )


def serve() -> None:
    """Migrate, then become the app alone; for containers, where Redis and the worker run elsewhere."""
    keep_private()
    settings = environment.prepare()
    _close_to_others(settings)
    database.migrate(settings)
    service = services.app_service(settings, settings.setup_token)
    os.chdir(ROOT)
    os.execvpe(service.command[0], list(service.command), dict(service.env))  # noqa: S606


def _close_to_others(settings: Settings) -> None:
    """Make all files private. Files of an older version or a back-up may be readable for other users."""
    if failed := make_private(settings.data_dir):
        said = f"Other users of this machine can read {failed[0]}. `roms doctor` says how to mend it."
        out.print(runnable(said), markup=False)


def _require_ports(settings: Settings, dev: bool) -> None:
    ports.require_free(settings.host, settings.port, "ROMS_PORT")
    if dev:
        ports.require_free("127.0.0.1", settings.port + DEV_PAGES_OFFSET, "ROMS_PORT")
    ports.require_free("127.0.0.1", settings.simulator_port, "ROMS_SIMULATOR_PORT")


def _plan(settings: Settings, parts: Parts, token: str, dev: bool) -> Plan:
    app = services.dev_service(settings, token) if dev else services.app_service(settings, token)
    layers: list[list[Service]] = [
        [services.simulator_service(settings)],
        [app, services.worker_service(settings, parts.chromium, parts.bundle)],
    ]
    if environment.is_own_redis(settings):
        layers.insert(0, [services.redis_service(settings)])
    address = readiness.address_of(settings)
    simulator = f"http://127.0.0.1:{settings.simulator_port}/"
    return Plan(
        run=run_mark(settings.data_dir),
        layers=layers,
        ready={
            "redis": lambda: readiness.until_redis(settings.redis_url),
            # Any answer counts: its pages don't matter here.
            "simulator": lambda: readiness.until_answers(simulator, lambda _status: True),
            "app": lambda: readiness.until_answers(f"{address}/readyz"),
            "worker": lambda: readiness.until_worker(settings.redis_url),
        },
    )


def _tell_ready(settings: Settings, token: str, dev: bool, seconds: float) -> None:
    url = f"http://localhost:{settings.port + DEV_PAGES_OFFSET}" if dev else settings.public_url
    out.print(f"\n[bold green]ROMS is ready after {seconds:.1f} s:[/bold green] [bold]{url}[/bold]")
    with database.reading_session() as session:
        if agents.is_set_up(session):
            return
    out.print(f"Make the first admin at {url}/setup")
    out.print(f"From another machine that page asks for this token: {token}")
