"""What must be there before ROMS starts, made when it is missing. Every step may be repeated and is quick then."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from roms_app import database
from roms_app.config import Settings
from roms_app.ops import chromium, frontend, redis_server, wa_js
from roms_app.ops.environment import is_own_redis, make_private_folder

Say = Callable[[str], None]


@dataclass(frozen=True)
class Parts:
    """Where the parts are that others need to know."""

    chromium: Path
    bundle: Path


def set_up(settings: Settings, say: Say, *, with_pages: bool = True) -> Parts:
    """Bring every part. Raises ConfigurationError with the first that can't be had."""
    make_private_folder(settings.data_dir)
    say("Looking for Redis")
    if is_own_redis(settings):
        redis_server.server_command(settings)
    else:
        redis_server.check_redis(settings.redis_url)
    say("Looking for Chromium")
    browser = chromium.ensure_chromium(settings, say)
    say("Checking the WhatsApp Web library")
    bundle = wa_js.ensure_bundle(settings, say)
    say("Bringing the database up to date")
    database.migrate(settings)
    if with_pages:
        say("Checking the pages")
        frontend.build(say)
    return Parts(browser, bundle)
