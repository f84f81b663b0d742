"""Installs what ROMS needs before it starts. Every step may be repeated and is then quick."""

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roms_app import database
from roms_app.config import Settings
from roms_app.errors import ConfigurationError
from roms_app.ops import chromium, commands, frontend, redis_server, wa_js
from roms_app.ops.environment import is_own_redis, make_private_folder
from roms_app.ops.progress import Say

#: Seconds for steps to end after Ctrl-C, when their tools are killed already.
_GRACE = 1


@dataclass(frozen=True)
class Parts:
    """The paths of parts that other processes need."""

    chromium: Path
    bundle: Path


def set_up(settings: Settings, say: Say, *, with_pages: bool = True) -> Parts:
    """Install all parts in parallel.

    Raises ConfigurationError with the parts that failed, once the others are done.
    """
    make_private_folder(settings.data_dir)
    steps: dict[str, Callable[[], Any]] = {
        "redis": lambda: _find_redis(settings, say),
        "chromium": lambda: _bring_chromium(settings, say),
        "bundle": lambda: _bring_bundle(settings, say),
        "database": lambda: _migrate(settings, say),
    }
    if with_pages:
        steps["pages"] = lambda: _build_pages(say)
    found = side_by_side(steps, say)
    return Parts(found["chromium"], found["bundle"])


def _find_redis(settings: Settings, say: Say) -> None:
    say("Looking for Redis")
    if is_own_redis(settings):
        redis_server.server_command(settings)
    else:
        redis_server.check_redis(settings.redis_url)


def _bring_chromium(settings: Settings, say: Say) -> Path:
    say("Looking for Chromium")
    return chromium.ensure_chromium(settings, say)


def _bring_bundle(settings: Settings, say: Say) -> Path:
    say("Checking the WhatsApp Web library")
    return wa_js.ensure_bundle(settings, say)


def _migrate(settings: Settings, say: Say) -> None:
    say("Bringing the database up to date")
    database.migrate(settings)


def _build_pages(say: Say) -> None:
    say("Checking the pages")
    frontend.build(say)


def side_by_side(steps: Mapping[str, Callable[[], Any]], say: Say) -> dict[str, Any]:
    """Run each step in its own thread. Returns the result of each.

    A failed step does not stop the others: their results are there for the next run. Afterwards its error is raised;
    several ConfigurationErrors become one that contains all of them. Ctrl-C and SIGTERM end every tool that a step
    waits for.
    """
    ended: queue.SimpleQueue[tuple[str, Any, Exception | None]] = queue.SimpleQueue()

    def run(name: str, step: Callable[[], Any]) -> None:
        try:
            result, error = step(), None
        except Exception as caught:
            result, error = None, caught
        say("", failed=error is not None)
        ended.put((name, result, error))

    # Daemon threads: after Ctrl-C nothing may wait for a step that itself waits, for example for another process's
    # build.
    threads = [threading.Thread(target=run, args=step, name=step[0], daemon=True) for step in steps.items()]
    try:
        for thread in threads:
            thread.start()
        outcomes = [ended.get() for _ in threads]
    except (KeyboardInterrupt, SystemExit):
        commands.end_all()
        for thread in threads:
            thread.join(_GRACE)
        raise
    if errors := [error for _, _, error in outcomes if error is not None]:
        raise _as_one(errors)
    return {name: result for name, result, _ in outcomes}


def _as_one(errors: list[Exception]) -> Exception:
    """One error for several. An unexpected error comes first, unchanged."""
    if unforeseen := [error for error in errors if not isinstance(error, ConfigurationError)]:
        return unforeseen[0]
    first, *others = (error for error in errors if isinstance(error, ConfigurationError))
    if not others:
        return first
    return ConfigurationError(
        first.message, "\n".join([first.mend, *(f"{each.message} {each.mend}" for each in others)])
    )
