"""How Reflex builds and serves the app. What a person may set stands in `roms_app/config.py`."""

import re
from typing import Any

import reflex as rx

from roms_app.config import DEV_PAGES_OFFSET, get_settings

settings = get_settings()

#: A tab that only receives pushes never touches its state; a shift is how long such a tab must last.
SHIFT_SECONDS = 12 * 60 * 60
#: Where a developer's browser finds the pages under `make dev`.
DEV_FRONTEND_PORT = settings.port + DEV_PAGES_OFFSET


class DevProxy(rx.plugins.Plugin):
    """Under `make dev` the pages have a port of their own; the routes beside Reflex must be found there, too."""

    def pre_compile(self, **context: Any) -> None:
        """Give Vite's development server the way to them."""
        context["add_modify_task"]("vite.config.js", _with_proxy)


def _with_proxy(vite_config: str) -> str:
    target = f"http://127.0.0.1:{settings.port}"
    proxy = ", ".join(f'"{path}": "{target}"' for path in ("/auth", "/api", "/media"))
    # As api/pages.py does for the built pages.
    headers = '"Set-Cookie": "roms_browser=dev; Path=/; HttpOnly; SameSite=Lax"'
    more = f"port: process.env.PORT,\n    proxy: {{ {proxy} }},\n    headers: {{ {headers} }},"
    if more in vite_config:
        return vite_config
    if vite_config.count("port: process.env.PORT,") != 1:
        raise RuntimeError("Reflex configures its development server in another way than the pinned version.")
    return vite_config.replace("port: process.env.PORT,", more)


class OwnEvents(rx.plugins.Plugin):
    """What the server makes a tab run goes to assets/roms/orders.js, which knows no code but calls of our functions.

    What a person does without a connection is refused by assets/roms/page.js: Reflex would do it some time later.
    """

    def pre_compile(self, **context: Any) -> None:
        """Replace Reflex's `eval`, and look at events before they are queued."""
        context["add_modify_task"]("utils/state.js", _without_eval)
        context["add_modify_task"]("utils/state.js", _with_refusal)


def _without_eval(state_js: str) -> str:
    done = "globalThis.romsObey(event.payload.javascript_code ?? event.payload.function, refs)"
    found = (
        r'event\.name == "_call_script"\s*\? eval\(event\.payload\.javascript_code\)\s*'
        r": eval\(event\.payload\.function\)\(\)"
    )
    return _replaced(found, done, state_js)


def _with_refusal(state_js: str) -> str:
    begin = (
        "const addEvents = useCallback((events, args, event_actions) => {\n"
        "    const _events = normalizeEvents(events);\n"
    )
    done = f"{begin}    if (globalThis.romsRefuses?.(_events, args, refs)) return;\n"
    return _replaced(re.escape(begin), done, state_js)


def _replaced(found: str, done: str, state_js: str) -> str:
    if done in state_js:
        return state_js
    changed, count = re.subn(found, lambda _: done, state_js)
    if count != 1:
        raise RuntimeError("Reflex handles events in another way than the pinned version.")
    return changed


config = rx.Config(
    app_name="roms_app",
    frontend_port=DEV_FRONTEND_PORT,
    backend_port=settings.port,
    backend_host=settings.host,
    # The build step replaces this origin by the page's own, so that one build serves any host and port.
    api_url=f"http://localhost:{settings.port}",
    # Not "*": the cookie would otherwise let any page that an agent visits open our socket in their name.
    cors_allowed_origins=settings.origins,
    state_manager_mode="memory",  # pyright: ignore[reportArgumentType]
    redis_token_expiration=SHIFT_SECONDS,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    plugins=[
        DevProxy(),
        OwnEvents(),
        rx.plugins.RadixThemesPlugin(theme=rx.theme(accent_color="jade", gray_color="slate", radius="medium")),
    ],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
