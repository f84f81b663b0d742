"""Generates events that no page sends and arguments that no person gives, all from one seed."""

import inspect
import random
from collections.abc import Mapping, Sequence
from typing import Any, Final

from reflex_base.registry import RegistrationContext

import roms_app.roms_app  # noqa: F401  registers every handler, as the running app does

#: By the kind of thing: ids and tokens that exist.
Aims = Mapping[str, Sequence[int | str]]

HANDLERS: Final = sorted(RegistrationContext.get().event_handlers)
TEXTS: Final = [
    "", "x", "tos_block", "all", "open", "admin", "available", "<b>", "'; --", "\u202e", "é" * 500, "👍", "1", "-1",
    "NaN",
]  # fmt: skip
BAD_TEXTS: Final = ["\0", "\ud800", "x" * 80_000]
#: Longer than people write, but within the limits: the services must handle it.
LONG_TEXTS: Final = ["x" * 69_999, "a " * 30_000, "\n" * 60_000, "👍" * 15_000, "*_~`" * 15_000, "http://a.b/" * 6_000]
NUMBERS: Final = [-1, 0, 1, 2, 3, 2**31 - 1]
BAD_NUMBERS: Final[list[Any]] = [2**31, 2**63, 2**70, -(2**70), 1e308, 0.5]
KEYS: Final = [
    "name", "email", "password", "role", "agent_id", "capacity", "inbox_id", "language", "timezone", "note", "id",
    "label", "person", "team_id", "label_id", "rule_id", "token", "to", "read_receipts", "phone", "order", "new",
    "current", "may_reply", "kind", "keywords", "is_sticky", "has_groups", "response_minutes", "escalate_after",
]  # fmt: skip
#: Kinds of values, by the names of arguments and of forms' fields.
KINDS: Final = {
    "conversation": "conversation", "other": "conversation", "message": "message", "before_id": "message",
    "agent": "agent", "assignee": "agent", "person": "agent", "inbox": "inbox", "label": "label", "team": "team",
    "rule": "rule", "merge": "merge", "token": "token",
}  # fmt: skip
#: Frames after which the app closes the connection.
BAD_FRAMES: Final[list[str | bytes]] = [
    "4nonsense", "42", "42/_event", '42/_event,["connect"]', '42/_event,["disconnect"]', '42/_event,["event"]',
    '42/_event,1', '42/_event,7["event",{}]', '452/_event,["event",{"_placeholder":true,"num":0}]',
    '42/other,["event",{}]', "41/_event,",
    '42/_event,["' + "x" * 100_000 + '"]', "42/_event," + "[" * 50_000, b"\0" * 1000, "9", "",
]  # fmt: skip


class Nonsense:
    """The events of one attacker. `aims`: the ids that the attacker knows; it also guesses others."""

    def __init__(self, seed: str, aims: Aims) -> None:
        self.chance = random.Random(seed)
        self._aims = aims

    def events(self, count: int) -> list[tuple[Any, ...]]:
        """Socket.IO events: handlers of the app with arguments, and some unknown handlers."""
        names = self.chance.sample(HANDLERS, min(count, len(HANDLERS)))
        return [self._odd(name) if self.chance.random() < 0.05 else _event(name, self.payload(name)) for name in names]

    def round_of_all(self) -> list[tuple[Any, ...]]:
        """For each handler an event with arguments of its types, and one with anything."""
        events = [_event(name, payload(name)) for name in HANDLERS for payload in (self.sound_payload, self.payload)]
        self.chance.shuffle(events)
        return events

    def bad_frame(self) -> str | bytes:
        """A frame after which the app closes the connection."""
        return self.chance.choice(BAD_FRAMES)

    def payload(self, name: str) -> Any:
        """Arguments for it: mostly with its own names and types, sometimes with random ones."""
        chance, given = self.chance, self.sound_payload(name)
        if chance.random() < 0.05:
            return self._anything(3)
        for argument in list(given):
            kind = chance.random()
            if kind < 0.05:
                given[argument] = self._anything(3)
            elif kind < 0.1:
                given[argument] = chance.choice(BAD_NUMBERS if isinstance(given[argument], int) else BAD_TEXTS)
            elif kind < 0.13:
                del given[argument]
        if chance.random() < 0.05:
            given["more"] = self._anything(2)
        return given

    def sound_payload(self, name: str) -> dict[str, Any]:
        """Arguments that pass the gate, with any meaning."""
        handler = RegistrationContext.get().event_handlers[name].handler.fn
        names = list(inspect.signature(handler).parameters)[1:]
        return {name: self._sound(name, handler.__annotations__.get(name)) for name in names}

    def _sound(self, name: str, hint: Any) -> Any:
        chance = self.chance
        if hint is int or hint == "int":
            return self._aimed(name, int) or chance.choice(NUMBERS)
        if hint is bool or hint == "bool":
            return chance.random() < 0.5
        if "dict" in str(hint):
            return {key: self._field(key) for key in chance.sample(KEYS, chance.randrange(8))}
        if "list[int]" in str(hint):
            return [self._aimed(name, int) or chance.choice(NUMBERS) for _ in range(chance.choice([0, 1, 3, 200]))]
        if "list" in str(hint):
            return [self._aimed(name, str) or self._text() for _ in range(chance.randrange(3))]
        return self._aimed(name, str) or self._text()

    def _field(self, key: str) -> Any:
        return self._aimed(key, str) or ("on" if self.chance.random() < 0.1 else self._text())

    def _text(self) -> str:
        return self.chance.choice(TEXTS if self.chance.random() < 0.93 else LONG_TEXTS)

    def _aimed(self, name: str, form: type[int] | type[str]) -> Any:
        """An existing id; None if there is none of that kind, or by chance."""
        kind = next((kind for part, kind in KINDS.items() if part in name), "")
        known = self._aims.get(kind)
        return form(self.chance.choice(known)) if known and self.chance.random() < 0.7 else None  # pyright: ignore[reportArgumentType]

    def _anything(self, depth: int) -> Any:
        chance = self.chance
        kinds: list[Any] = [None, True, chance.choice(TEXTS + BAD_TEXTS), chance.choice(NUMBERS + BAD_NUMBERS)]
        if depth:
            kinds += [
                [self._anything(depth - 1) for _ in range(chance.randrange(4))],
                {chance.choice(KEYS): self._anything(depth - 1) for _ in range(chance.randrange(4))},
            ]
        return chance.choice(kinds)

    def _odd(self, name: str) -> tuple[Any, ...]:
        """An event with an unknown handler or a wrong form."""
        names: list[Any] = [None, 5, "", [], {}, "no.such.handler", f"{name}.more", name.rpartition(".")[0]]
        paths = ["", "x", "/" * 3000, "//x:y/", "/inbox/9" + "9" * 400]
        odd = [
            _event(self.chance.choice(names), {}),
            ("event", self._anything(2)),
            ("event", {**_event(name, {})[1], "more": self._anything(2)}),
            ("event", {**_event(name, {})[1], "router_data": self._anything(2)}),
            _event(name, {}, path=self.chance.choice(paths)),
            ("ping",),
            ("client_error", self._anything(2)),
        ]
        return self.chance.choice(odd)


def _event(name: Any, payload: Any, path: str = "/inbox") -> tuple[Any, ...]:
    return "event", {
        "name": name,
        "payload": payload,
        "router_data": {"pathname": path, "asPath": path, "query": {}},
    }
