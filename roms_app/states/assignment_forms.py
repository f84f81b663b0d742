"""What the forms of Settings → Assignment and Settings → Team send, read and checked. Raises InvalidInput."""

from typing import Any

from roms_app.errors import InvalidInput


def id_in(form: dict[str, Any], name: str) -> int:
    """The id in a hidden field or a choice."""
    value = str(form.get(name, ""))
    if not value.isascii() or not value.isdigit() or len(value) > 15:
        raise InvalidInput("The page sent something that ROMS does not understand.", "Reload the page.")
    return int(value)


def number_in(form: dict[str, Any], name: str) -> int | None:
    """A number that a person typed; None for an empty field."""
    value = str(form.get(name, "")).strip()
    if not value:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise InvalidInput("This is not a whole number.", "Write it in digits.")
    return int(value)


def chosen_in(form: dict[str, Any], prefix: str) -> list[int]:
    """The ids of the boxes that are ticked; they are named ``<prefix>-<id>``."""
    names = (name for name, value in form.items() if name.startswith(f"{prefix}-") and value == "on")
    return [id_in({"id": name.removeprefix(f"{prefix}-")}, "id") for name in names]
