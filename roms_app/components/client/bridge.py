"""Connects assets/roms to React and to the state classes. Renders nothing visible."""

from typing import Any

import reflex as rx
from reflex.utils.format import format_event_handler
from reflex_base.constants import Imports
from reflex_base.utils.imports import ImportVar
from reflex_base.vars import VarData
from reflex_components_core.core.banner import has_connection_errors

from roms_app.states.composer import ComposerState
from roms_app.states.inbox import InboxState
from roms_app.states.queue import QueueState
from roms_app.states.session import SessionState
from roms_app.states.thread import ThreadState

#: The handlers that assets/roms calls, by these names.
HANDLERS: tuple[Any, ...] = (
    InboxState.show,
    InboxState.load_more,
    ThreadState.open_conversation,
    ThreadState.load_older,
    ThreadState.find_moved,
    ThreadState.mark_seen,
    ThreadState.react,
    ThreadState.retry,
    ThreadState.cancel,
    ComposerState.send_message,
    ComposerState.set_typing,
)
#: The handlers that assets/roms/queue.js calls.
QUEUE_HANDLERS: tuple[Any, ...] = (
    QueueState.refresh,
    QueueState.assign,
    QueueState.assign_team,
    QueueState.return_to_queue,
    QueueState.park,
)
_DISPATCH = "(name, payload) => addEvents([ReflexEvent(name, payload)], [], {})"
_SET_CONNECTED = "globalThis.roms.setConnected(!$0)"
_DISPATCH_IMPORTS = VarData(imports=Imports.EVENTS)


def shell_bridge() -> rx.Component:
    """Once on every page behind the login: tells assets/roms who the agent is and whether the tab is connected."""
    return rx.fragment(
        _effect("return globalThis.roms.attend()"),
        _effect(
            "globalThis.roms.setAgent({ id: $0, language: $1, timezone: $2 })",
            SessionState.agent_id,
            SessionState.language,
            SessionState.timezone,
        ),
        _effect(_SET_CONNECTED, has_connection_errors),
    )


def auth_bridge() -> rx.Component:
    """Once on every page before the login: tells assets/roms whether the tab is connected."""
    return rx.fragment(
        _effect("return globalThis.roms.attendDoor()"),
        _effect(_SET_CONNECTED, has_connection_errors),
    )


def document_words(title: Any) -> rx.Component:
    """Once on every page: sets the tab's title and the document's language, in the agent's language."""
    whole = title + " · ROMS"
    return rx.fragment(
        _effect("document.documentElement.lang = $0", SessionState.language),
        _effect("globalThis.roms.setTitle($0)", whole),
    )


def inbox_bridge() -> rx.Component:
    """Once on the inbox page: lets assets/roms send events, and passes it what the states have read."""
    return rx.fragment(
        _effect(f"return globalThis.roms.mount({_bridge(HANDLERS)})"),
        _effect("globalThis.roms.takeList($0, $1, $2)", InboxState.listing, InboxState.rows, InboxState.counts),
        _effect("globalThis.roms.takeThread($0, $1, $2)", ThreadState.page, ThreadState.detail, ThreadState.messages),
    )


def queue_bridge() -> rx.Component:
    """Once on the supervisor's page: lets assets/roms/queue.js send events, and tells it when they were answered."""
    return rx.fragment(
        _effect(f"return globalThis.romsQueue.mount({_bridge(QUEUE_HANDLERS)})"),
        _effect("globalThis.romsQueue.taken($0)", QueueState.read_at),
    )


def _bridge(handlers: tuple[Any, ...]) -> str:
    """The script by which assets/roms sends events, by the names of the handlers."""
    events = ", ".join(f"{handler.fn.__name__}: {format_event_handler(handler)!r}" for handler in handlers)
    return f"{{ dispatch: {_DISPATCH}, events: {{ {events} }} }}"


def reread_on(kind: str, handler: Any) -> rx.Component:
    """For one page: call `handler`, without arguments, when `push.py` announces "team", "inbox" or "settings"."""
    name = format_event_handler(handler)
    return rx.fragment(_effect(f"return globalThis.roms.onAnnounced({kind!r}, () => ({_DISPATCH})({name!r}))"))


def _effect(script: str, *values: Any) -> rx.Var[Any]:
    """An effect that runs when the page appears and whenever one of `values` changes.

    The script names the values $0, $1, ….
    """
    for index, value in enumerate(values):
        script = script.replace(f"${index}", str(value))
    hook = f"useEffect(() => {{ {script} }}, [{', '.join(map(str, values))}])"
    needs = VarData.merge(_DISPATCH_IMPORTS, *(value._get_all_var_data() for value in values))
    react = {"react": [ImportVar(tag="useEffect")]}
    return rx.Var(_js_expr="null", _var_data=VarData(hooks={hook: needs}, imports=react))
