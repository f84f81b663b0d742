"""The command line and environment of each process. `docker/` uses the same ones; a test compares them."""

import sys
from pathlib import Path
from typing import Final

from roms_app.config import Settings
from roms_app.ops import redis_server
from roms_app.ops.environment import child_environment
from roms_app.ops.paths import BIN
from roms_app.ops.processes import Service

#: Serve the existing build on one port, without Node (internal switches of the pinned Reflex).
SERVE_BUILD: Final = {
    "REFLEX_ENV_MODE": "prod",
    "__REFLEX_SKIP_COMPILE": "true",
    "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
}
APP_TARGET: Final = "roms_app.roms_app:app"


def app_command(settings: Settings) -> list[str]:
    """The app with one process. To scale out, use more containers, not more workers here."""
    return [
        str(BIN / "granian"),
        *("--interface", "asgi", "--factory", "--workers", "1"),
        *("--host", settings.host, "--port", str(settings.port)),
        *("--log-level", "warning", "--workers-kill-timeout", "10"),
        APP_TARGET,
    ]


def dev_command(settings: Settings) -> list[str]:
    """Reflex's own server with hot reload; rxconfig.py puts the pages on the port + 1000."""
    return [str(BIN / "reflex"), "run", "--env", "dev", "--backend-host", settings.host, "--loglevel", "info"]


def worker_command() -> list[str]:
    """The worker: WhatsApp Web, for all numbers."""
    return [sys.executable, "-m", "wa_worker"]


def simulator_command() -> list[str]:
    """The simulator: replaces WhatsApp for demo phones."""
    return [sys.executable, "-m", "wa_worker.simulator"]


def redis_service(settings: Settings) -> Service:
    """Our own Redis. Raises ConfigurationError."""
    return Service("redis", redis_server.server_command(settings), child_environment(settings))


def app_service(settings: Settings, setup_token: str) -> Service:
    """The app for production."""
    env = child_environment(settings, ROMS_SETUP_TOKEN=setup_token, **SERVE_BUILD)
    return Service("app", app_command(settings), env)


def dev_service(settings: Settings, setup_token: str) -> Service:
    """The app for developers."""
    env = child_environment(settings, ROMS_SETUP_TOKEN=setup_token, REFLEX_USE_NPM="1", REFLEX_ENV_MODE="dev")
    return Service("app", dev_command(settings), env)


def worker_service(settings: Settings, chromium: Path, bundle: Path) -> Service:
    """The worker. It gets no database, because it must work without one."""
    env = child_environment(settings, ROMS_CHROMIUM_PATH=str(chromium), ROMS_WA_JS_PATH=str(bundle))
    for name in ("ROMS_DATABASE_URL", "ROMS_SETUP_TOKEN"):
        env.pop(name, None)
    # It worked before it ended, so after a restart its numbers come first, without a self-check.
    return Service("worker", worker_command(), env, env_again={"ROMS_SELF_CHECK": "false"})


def simulator_service(settings: Settings) -> Service:
    """The simulator."""
    return Service("simulator", simulator_command(), child_environment(settings))
