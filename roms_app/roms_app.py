"""The app: pages, routes and lifespan tasks. Imports everything, imported by nothing."""

import gc
import logging

import reflex as rx
import structlog
from reflex.state import FrontendEventExceptionState

from roms_app.api import clean_up
from roms_app.api.pages import Pages
from roms_app.api.routes import routes
from roms_app.api.security import KnownHosts, SecurityHeaders, accepts_origin, true_client
from roms_app.config import get_settings
from roms_app.errors import RomsError
from roms_app.i18n import t
from roms_app.live import gate, pipeline, push, reader, rights
from roms_app.pages import assignment, home, inbox, login, missing, profile, queue, setup, team, whatsapp
from roms_app.states.browser import toast
from roms_app.states.guard import PUBLIC_HANDLERS
from wa_worker.process.logs import adopt_loggers, configure_logging

configure_logging(get_settings().log_level, get_settings().log_format)
log = structlog.get_logger(__name__)


def on_backend_error(exception: Exception) -> rx.event.EventSpec:
    """What a person sees where no place on the page was made for it; of a bug, the log has the rest."""
    words = (
        str(exception) if isinstance(exception, RomsError) else "Something went wrong on our side. Please try again."
    )
    if not isinstance(exception, RomsError):
        log.error("handler.failed", exc_info=exception)
    return toast("error", words)


def on_page_error(exception: Exception) -> None:
    """An error that a page reports of itself. What it says comes from outside."""
    log.warning("page.failed", report=str(exception))


def keep_loaded_assets() -> None:
    """Spare the garbage collector all that is there when the app begins: pages, handlers, modules.

    It would look at all of it again and again, 0.2 s each time, while every tab waits.
    """
    gc.collect()
    gc.freeze()


app = rx.App(
    # The last one is the first to see a request.
    api_transformer=[routes(), Pages, KnownHosts, SecurityHeaders, true_client],
    backend_exception_handler=on_backend_error,
    frontend_exception_handler=on_page_error,
    stylesheets=["/roms/shell.css"],
    toaster=rx.toast.provider(custom_attrs={"containerAriaLabel": t("Notifications")}),
    html_lang="en",
)
# Reflex would say in English what components/connection.py says in the reader's language.
del app.app_wraps[(5, "Overlay")]
adopt_loggers("engineio.server", "socketio.server", "_granian", "granian.access")
# It would reload the page after some errors, by a script that pages don't run (live/orders.py).
FrontendEventExceptionState.auto_reload_on_errors = []
# It warns of each answer to a tab that has gone meanwhile.
logging.getLogger("reflex.app").setLevel(logging.ERROR)

for module in (home, setup, login, inbox, queue, whatsapp, team, assignment, profile, missing):
    module.add_to(app)

gate.configure(app, PUBLIC_HANDLERS, accepts_origin)
push.configure(app)

for task in (keep_loaded_assets, pipeline.run, reader.run, rights.run, clean_up.run):
    app.register_lifespan_task(task)
