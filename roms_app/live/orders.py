"""Calls from the server to a tab: one of our functions, with arguments that JSON can hold.

The pages run nothing else that the server sends (assets/roms/orders.js): `rx.call_script` with another text, `rx.toast`
and `ClientStateVar.push` would do nothing.
"""

import json
from dataclasses import asdict, is_dataclass
from typing import Any

import reflex as rx


def order(function: str, *arguments: Any) -> str:
    """The text that makes a tab call ``roms.<function>``. Raises TypeError for arguments that JSON can't hold."""
    return f"roms.{function}({','.join(map(_dumps, arguments))})"


def call(function: str, *arguments: Any) -> rx.event.EventSpec:
    """Make the tab call ``roms.<function>``. Raises TypeError for arguments that JSON can't hold."""
    return rx.call_script(order(function, *arguments))


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} is not for a browser.")
