"""Writes the TypeScript declarations of the data between Python and the scripts of the pages (``make types``).

``devtools/js/app.d.ts`` has the rows, pages and patches that the app sends, what components read, and the handlers that
scripts call; ``devtools/js/bridge.d.ts`` what the worker asks the bridge in WhatsApp Web for, and its answers;
``devtools/js/wire.d.ts`` what the simulator tells its WhatsApp Web and the demo phone. They are committed; a test says
when they are stale. Times are as in Python: epoch milliseconds where a field says nothing else.
"""

import inspect
import types
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from reflex import Var

from roms_app.components.client import bridge, store
from roms_app.views import inbox
from wa_worker.page import history_calls, outbound_calls, state
from wa_worker.simulator import wire

FOLDER: Final = Path(__file__).parent / "js"
_HEAD: Final = "// Made by `make types` from Python; don't edit.\n"
_PLAIN: Final = {str: "string", int: "number", float: "number", bool: "boolean", types.NoneType: "null", Any: "unknown"}

#: What the Vars of components/client/store.py are called in the browser.
_READ: Final = "roms_"
#: What the states and the sockets give to `roms`, with what these hold.
_SENT: Final = (
    inbox.ConversationRow,
    inbox.MessageRow,
    inbox.ConversationDetail,
    inbox.NumberNotice,
    inbox.Counts,
    inbox.Listing,
    inbox.ThreadPage,
    inbox.Patch,
    inbox.Beat,
)
_BRIDGE: Final = (
    state.Evidence,
    history_calls.ChatHead,
    history_calls.LookBackPosition,
    outbound_calls.SendOutcome,
)
_WIRE: Final = (wire.WireMessage, wire.Snapshot, wire.Account)


class Declarations:
    """Interfaces by name, in the order of their first use."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._shapes: dict[str, type] = {}

    def add(self, shape: type) -> str:
        """Declare a dataclass or TypedDict and the types of its fields. Returns its name.

        Raises TypeError for two of one name, and for what JSON can't hold.
        """
        if self._shapes.setdefault(shape.__name__, shape) is not shape:
            raise TypeError(f"Two shapes are called {shape.__name__}.")
        if shape.__name__ not in self._texts:
            self._texts[shape.__name__] = ""
            optional = _left_out(shape)
            lines = [
                f"  {name}{'?' if name in optional else ''}: {self.type_of(hint)};"
                for name, hint in get_type_hints(shape).items()
            ]
            said = (inspect.getdoc(shape) or "").split("\n")[0]
            self._texts[shape.__name__] = _interface(shape.__name__, lines, said)
        return shape.__name__

    def type_of(self, hint: Any) -> str:
        """The TypeScript form of a Python type. Raises TypeError for a type that JSON can't represent."""
        origin, arguments = get_origin(hint), get_args(hint)
        if hint in _PLAIN:
            return _PLAIN[hint]
        if origin is Literal:
            return " | ".join(f'"{value}"' for value in arguments)
        if origin in (Union, types.UnionType):
            return " | ".join(map(self.type_of, arguments))
        if origin in (list, frozenset) or arguments[1:] == (...,):
            inner = self.type_of(arguments[0])
            return f"({inner})[]" if " " in inner else f"{inner}[]"
        if origin is dict and arguments[0] is str:
            return f"Record<string, {self.type_of(arguments[1])}>"
        if isinstance(hint, type) and issubclass(hint, Enum):
            return " | ".join(f'"{member.value}"' for member in hint)
        if isinstance(hint, type) and (is_dataclass(hint) or is_typeddict(hint)):
            return self.add(hint)
        raise TypeError(f"{hint!r} is not for a script.")

    def __str__(self) -> str:
        return "\n".join([_HEAD, *self._texts.values()])

    def write(self, name: str, members: Mapping[str, Any], said: str) -> None:
        """Declare an interface of single types."""
        lines = [f"  {key}: {self.type_of(hint)};" for key, hint in members.items()]
        self._texts[name] = _interface(name, lines, said)

    def write_handlers(self, name: str, handlers: Iterable[Any], said: str) -> None:
        """Declare the payloads of Reflex's event handlers, by the handlers' names."""
        lines: list[str] = []
        for handler in handlers:
            hints = get_type_hints(handler.fn)
            payload = "; ".join(f"{key}: {self.type_of(hint)}" for key, hint in hints.items() if key != "return")
            lines.append(f"  {handler.fn.__name__}: {f'{{ {payload} }}' if payload else 'Record<string, never>'};")
        self._texts[name] = _interface(name, lines, said)


def _left_out(shape: type) -> set[str]:
    """Fields that may be missing: as a TypedDict says, or of an answer those for which Python has a default."""
    if is_typeddict(shape):
        return set(shape.__optional_keys__)
    if shape not in _BRIDGE or not is_dataclass(shape):
        return set()
    return {
        field.name for field in fields(shape) if field.default is not MISSING or field.default_factory is not MISSING
    }


def _interface(name: str, lines: list[str], said: str) -> str:
    return "\n".join([f"/** {said} */", f"interface {name} {{", *lines, "}", ""])


def app() -> str:
    """The declarations of the data between the app and its pages."""
    made = Declarations()
    for shape in _SENT:
        made.add(shape)
    read = {
        value._js_expr.removeprefix(_READ): value._var_type
        for value in vars(store).values()
        if isinstance(value, Var) and value._js_expr.startswith(_READ)
    }
    made.write("Shown", read, "What components read, by its name in `romsStore`.")
    made.write_handlers("Handlers", bridge.HANDLERS, "What the inbox asks the server for, by the handlers' names.")
    made.write_handlers("QueueHandlers", bridge.QUEUE_HANDLERS, "The same of the supervisor's page.")
    return str(made)


def page_bridge() -> str:
    """The declarations of the data between the worker and the bridge."""
    made = Declarations()
    for shape in _BRIDGE:
        made.add(shape)
    return str(made)


def simulator() -> str:
    """The declarations of what the simulator tells its pages."""
    made = Declarations()
    for shape in _WIRE:
        made.add(shape)
    return str(made)


def declared() -> dict[Path, str]:
    """The files and their content."""
    return {
        FOLDER / "app.d.ts": app(),
        FOLDER / "bridge.d.ts": page_bridge(),
        FOLDER / "wire.d.ts": simulator(),
    }


if __name__ == "__main__":
    for path, text in declared().items():
        path.write_text(text, "utf-8")
