"""How handlers speak to assets/roms: a call of one of its functions, with arguments that JSON can hold."""

import json
from dataclasses import asdict, is_dataclass
from typing import Any

import reflex as rx


def call(function: str, *arguments: Any) -> rx.event.EventSpec:
    """Make the tab call ``roms.<function>``. JSON is JavaScript: nothing in a customer's text can be run."""
    text = ",".join(_dumps(argument) for argument in arguments)
    return rx.call_script(f"roms.{function}({text})")


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} is not for a browser.")
