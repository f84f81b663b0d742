"""Every handler and framework event, called by everybody with nonsense: nothing fails, nothing is logged at length."""

import inspect
import random
from typing import Any

import pytest
from reflex_base.registry import RegistrationContext

import roms_app.roms_app  # noqa: F401  registers every handler, as the running app does
from tests.attack.app import App, Wire, wire
from tests.attack.conftest import Scene
from wa_worker.process.logs import MAX_TRACEBACK, MAX_VALUE, MAX_VALUES

HANDLERS = sorted(RegistrationContext.get().event_handlers)
#: Fewer than a socket may send at once, and than it is closed for when all are refused.
_PER_SOCKET = 40
TEXTS = [
    "",
    "x",
    "tos_block",
    "all",
    "open",
    "admin",
    "available",
    "<b>",
    "'; --",
    "\u202e",
    "é" * 500,
    "👍",
    "1",
    "-1",
    "NaN",
]
BAD_TEXTS = ["\0", "\ud800", "x" * 80_000]
NUMBERS = [-1, 0, 1, 2, 3, 2**31 - 1]
BAD_NUMBERS: list[Any] = [2**31, 2**63, 2**70, -(2**70), 1e308, 0.5]
KEYS = [
    "name",
    "email",
    "password",
    "role",
    "agent_id",
    "capacity",
    "inbox_id",
    "language",
    "timezone",
    "note",
    "id",
    "label",
]


def payload(chance: random.Random, handler: Any) -> Any:
    """Arguments for it: mostly of its own names and types, now and then anything at all."""
    names = list(inspect.signature(handler.handler.fn).parameters)[1:]
    hints = handler.handler.fn.__annotations__
    if chance.random() < 0.1:
        return anything(chance, 3)
    given = {name: likely(chance, hints.get(name)) for name in names}
    if given and chance.random() < 0.1:
        del given[chance.choice(list(given))]
    if chance.random() < 0.1:
        given["more"] = anything(chance, 2)
    return given


def likely(chance: random.Random, hint: Any) -> Any:
    if chance.random() < 0.15:
        return anything(chance, 3)
    if hint is int or hint == "int":
        return chance.choice(NUMBERS if chance.random() < 0.8 else BAD_NUMBERS)
    if hint is bool or hint == "bool":
        return chance.random() < 0.5
    if "dict" in str(hint):
        return {chance.choice(KEYS): chance.choice([*TEXTS, "on"]) for _ in range(chance.randrange(6))}
    if "list" in str(hint):
        return [chance.choice(TEXTS) for _ in range(chance.randrange(3))]
    return chance.choice(TEXTS if chance.random() < 0.9 else BAD_TEXTS)


def anything(chance: random.Random, depth: int) -> Any:
    kinds: list[Any] = [None, True, chance.choice(TEXTS + BAD_TEXTS), chance.choice(NUMBERS + BAD_NUMBERS)]
    if depth:
        kinds += [
            [anything(chance, depth - 1) for _ in range(chance.randrange(4))],
            {chance.choice(KEYS): anything(chance, depth - 1) for _ in range(chance.randrange(4))},
        ]
    return chance.choice(kinds)


async def attack(tab: Wire, chance: random.Random, names: list[str]) -> None:
    known = RegistrationContext.get().event_handlers
    for name in names:
        if tab.is_closed:
            return
        await tab.send("event", tab.event(name, payload(chance, known[name])))
    if not tab.is_closed:
        await tab.settled()


@pytest.mark.parametrize("who", ["visitor", "agent", "admin"])
async def test_nonsense_fails_nothing(app: App, scene: Scene, who: str) -> None:
    chance = random.Random(who)
    cookies = {
        "visitor": "",
        "agent": scene.agent_cookie,
        "foreign agent": scene.agent_cookie,
        "admin": scene.admin_cookie,
    }
    names = HANDLERS * 3
    chance.shuffle(names)
    for start in range(0, len(names), _PER_SOCKET):
        # Each from an address of its own: the rate of one is not what is tried here.
        async with wire(app, cookies[who], boot=False, address=f"127.0.1.{start // _PER_SOCKET + 1}") as tab:
            try:
                await attack(tab, chance, names[start : start + _PER_SOCKET])
            except ConnectionError:
                assert tab.is_closed
    entries = app.entries()
    assert not [entry for entry in entries if entry.get("level") in ("error", "critical") or "text" in entry]
    assert all(len(str(entry)) < MAX_TRACEBACK + MAX_VALUE * MAX_VALUES for entry in entries)
