"""Types and limits of the arguments that a browser sends. The gate checks every event before Reflex dispatches it.

Types come from the handlers' annotations, limits from the constants here. Handlers and services check the values
themselves.
"""

import inspect
from collections.abc import Callable, Collection
from typing import Annotated, Any, Final, Literal, Optional, TypeAlias, get_type_hints

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from typing_extensions import TypedDict

#: Maximum characters of a text; WhatsApp accepts 65,536.
MAX_TEXT: Final = 70_000
#: Arguments with free text, written by people or reported by the browser.
_WRITTEN: Final = frozenset({"body", "info", "component_stack"})
#: Maximum characters of every other argument: names, keys, states. Some stay in the tab's state for hours.
MAX_WORD: Final = 300
#: Maximum characters of a value in the browser's storage.
MAX_STORED: Final = 2_000
#: Maximum entries of a list or a form.
MAX_ITEMS: Final = 200
#: Maximum of ids and numbers: PostgreSQL's integer.
MAX_NUMBER: Final = 2**31 - 1
#: Maximum of times (epoch ms), which are arguments whose names end with ``_at``: JavaScript's largest safe integer.
MAX_TIME: Final = 2**53 - 1


def _storable(text: str) -> str:
    """Check that PostgreSQL and UTF-8 can store the text. Raises ValueError."""
    if "\0" in text:
        raise ValueError("has a NUL character")
    text.encode()
    return text


_Text = Annotated[str, StringConstraints(strict=True, max_length=MAX_TEXT), AfterValidator(_storable)]
_Word = Annotated[str, StringConstraints(strict=True, max_length=MAX_WORD), AfterValidator(_storable)]
_Key = Annotated[str, StringConstraints(strict=True, max_length=200), AfterValidator(_storable)]
_Number = Annotated[int, Field(ge=-MAX_NUMBER, le=MAX_NUMBER)]
_Time = Annotated[int, Field(ge=0, le=MAX_TIME)]
_Items = Annotated[list[_Text], Field(max_length=MAX_ITEMS)]
_Scalar: TypeAlias = bool | _Number | _Text | None
_Form = Annotated[
    dict[_Key, _Scalar | Annotated[list[_Scalar], Field(max_length=MAX_ITEMS)]], Field(max_length=MAX_ITEMS)
]


class _Submitted(TypedDict):
    """A form as Reflex's page sends it: its fields in order, including repeated names."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportGeneralTypeIssues]

    __reflex_form_data__: Annotated[list[tuple[_Key, _Scalar]], Field(max_length=MAX_ITEMS)]


_BOUNDED: Final[dict[Any, Any]] = {
    int: _Number,
    str: _Word,
    bool: bool,
    float: float,
    list[str]: _Items,
    list[int]: Annotated[list[_Number], Field(max_length=MAX_ITEMS)],
    dict[str, Any]: _Submitted | _Form,
}

Check: TypeAlias = Callable[[Any], None]


class WrongArguments(Exception):
    """An event's arguments do not match its handler.

    For the log: names the argument and the problem, without the value.
    """


def check_of(handler: Callable[..., Any]) -> Check:
    """Make a function that raises WrongArguments when a payload does not match the parameters of `handler`.

    Raises TypeError if the handler has an argument whose type has no limits here.
    """
    hints = get_type_hints(handler)
    types: dict[str, Any] = {}
    required: set[str] = set()
    for name, parameter in list(inspect.signature(handler).parameters.items())[1:]:
        types[name] = _type_of(name, hints.get(name))
        if types[name] is None:
            raise TypeError(f"{handler.__qualname__}: nothing bounds {name}: {hints.get(name)}.")
        if parameter.default is parameter.empty:
            required.add(name)
    return _check_with(types, required)


def _type_of(name: str, hint: Any) -> Any:
    """The type that an argument must match; None: no limits are known for it."""
    if hint is str and name in _WRITTEN:
        return _Text
    return _Time if hint is int and name.endswith("_at") else _BOUNDED.get(hint)


def check_of_storage(names: Collection[str], *, is_required: bool = False) -> Check:
    """Like `check_of`, for the browser's storage as Reflex's page sends it: values of the named vars, and nothing else.

    Hashes of the states that the page was built with come with it.
    """
    known: Any = Literal[tuple(sorted(names))]
    stored: Any = Annotated[str, StringConstraints(strict=True, max_length=MAX_STORED), AfterValidator(_storable)]
    hashes: Any = Annotated[list[_Key | None], Field(max_length=MAX_ITEMS)]
    values: Any = dict[known, stored | None]
    if is_required:
        return _check_with({"vars": values}, {"vars"})
    return _check_with({"vars": Optional[values], "hashes": Optional[hashes]}, set())  # noqa: UP045


def _check_with(types: dict[str, Any], required: set[str]) -> Check:
    adapters = {name: TypeAdapter(type_) for name, type_ in types.items()}

    def check(payload: Any) -> None:
        if not isinstance(payload, dict) or not required <= payload.keys() <= adapters.keys():
            raise WrongArguments("other arguments than the handler's")
        for name, value in payload.items():
            try:
                adapters[name].validate_python(value)
            except ValidationError as error:
                kind = error.errors(include_input=False, include_url=False, include_context=False)[0]["type"]
                raise WrongArguments(f"{name}: {kind}") from None

    return check
