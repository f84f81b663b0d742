"""The handlers that a browser may call, and the other fields of an event."""

import contextlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from reflex.istate.storage import ClientStorageBase
from reflex.state import FrontendEventExceptionState, OnLoadInternalState, State, UpdateVarsInternalState
from reflex_base.constants.state import FIELD_MARKER
from reflex_base.event import EventHandler
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import format_event_handler

from roms_app.live.arguments import Check, check_of, check_of_storage

#: Maximum characters of the page's address in an event.
MAX_PATH: Final = 2_000
_ROUTER_KEYS: Final = frozenset({"pathname", "asPath", "query"})


@dataclass(frozen=True, slots=True)
class Handlers:
    """Handlers by their full names."""

    #: The check of each handler's arguments.
    checks: Mapping[str, Check]
    #: Handlers that people who are not signed in may call.
    public: Collection[str]


def read_handlers(public: Collection[str]) -> Handlers:
    """The handlers of our pages, and the events of Reflex's own page. Call it when all pages are added.

    `public`: as ``State.handler``. Raises TypeError for a handler with an argument that has no limits.
    """
    checks: dict[str, Check] = {}
    for_visitors: set[str] = set()
    for name, registered in RegistrationContext.get().event_handlers.items():
        state, short = registered.states[0], name.rpartition(".")[2]
        # Reflex gives each state a `setvar` handler, which sets nothing here.
        if short == "setvar" or state.__module__.startswith("reflex"):
            continue
        checks[name] = check_of(registered.handler.fn)
        if f"{state.__name__}.{short}" in public:
            for_visitors.add(name)
    for handler, check, is_public in _framework_handlers():
        name = format_event_handler(handler)
        checks[name] = check
        if is_public:
            for_visitors.add(name)
    return Handlers(checks, frozenset(for_visitors))


def is_well_formed(data: dict[str, Any]) -> bool:
    """Return True when the event carries the page's address and query, and nothing else."""
    router, payload = data.get("router_data") or {}, data.get("payload") or {}
    if not isinstance(router, dict) or not isinstance(payload, dict) or not router.keys() <= _ROUTER_KEYS:
        return False
    addresses, query = [router.get("pathname", "/"), router.get("asPath", "/")], router.get("query") or {}
    if not all(isinstance(text, str) and text.startswith("/") and len(text) <= MAX_PATH for text in addresses):
        return False
    with contextlib.suppress(ValueError):
        urlsplit(f"http://host{addresses[1]}").port  # noqa: B018  raises
        return isinstance(query, dict) and len(str(query)) <= MAX_PATH
    return False


def _framework_handlers() -> list[tuple[EventHandler, Check, bool]]:
    """The events of Reflex's own page: handler, check, and True when visitors may send it."""
    names = _stored_names()
    stores: Any = UpdateVarsInternalState.event_handlers["update_vars_internal"]
    reports: Any = FrontendEventExceptionState.event_handlers["handle_frontend_exception"]
    loads: Any = OnLoadInternalState.event_handlers["on_load_internal"]
    return [
        (State.event_handlers["hydrate_and_load"], check_of_storage(names), True),
        (stores, check_of_storage(names, is_required=True), True),
        (loads, check_of(loads.fn), True),
        (reports, check_of(reports.fn), False),
    ]


def _stored_names() -> frozenset[str]:
    """The vars that a page keeps in the browser, as the browser names them."""
    names: set[str] = set()
    for state in RegistrationContext.get().base_states.values():
        for name, described in state.get_fields().items():
            if isinstance(getattr(described, "default", None), ClientStorageBase):
                names.add(f"{state.get_full_name()}.{name}{FIELD_MARKER}")
    return frozenset(names)
