"""How Reflex builds and serves the app. What a person may set stands in `roms_app/config.py`."""

import reflex as rx

from roms_app.config import get_settings

settings = get_settings()

#: A tab that only receives pushes never touches its state; a shift is how long such a tab must last.
SHIFT_SECONDS = 12 * 60 * 60
#: Where a developer's browser finds the pages under `make dev`.
DEV_FRONTEND_PORT = settings.port + 1000

config = rx.Config(
    app_name="roms_app",
    frontend_port=DEV_FRONTEND_PORT,
    backend_port=settings.port,
    backend_host=settings.host,
    # The build step replaces this origin by the page's own, so that one build serves any host and port.
    api_url=f"http://localhost:{settings.port}",
    # Not "*": the cookie would otherwise let any page that an agent visits open our socket in their name.
    cors_allowed_origins=[
        settings.public_url.rstrip("/"),
        *(
            f"http://{host}:{port}"
            for host in ("localhost", "127.0.0.1")
            for port in (settings.port, DEV_FRONTEND_PORT)
        ),
    ],
    state_manager_mode="memory",  # pyright: ignore[reportArgumentType]
    redis_token_expiration=SHIFT_SECONDS,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    plugins=[rx.plugins.RadixThemesPlugin(theme=rx.theme(accent_color="jade", gray_color="slate", radius="medium"))],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
