"""Every handler of every state is called by every role, and nobody can do more than their role allows."""

import contextlib
import inspect
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints

import pytest
import reflex as rx
from sqlmodel import SQLModel

import roms_app.roms_app  # noqa: F401  registers every state, as the running app does
from roms_app import database
from roms_app.errors import Conflict
from roms_app.states import guard
from roms_app.states.browser import call
from roms_app.states.guard import PUBLIC_HANDLERS, admin_only, signed_in, words_of
from roms_app.states.session import SessionState
from tests.support.cast import Cast
from tests.support.tabs import Tab, script_of, sign_in

#: Reflex gives one to each state; it can only call setters, which `state_auto_setters=False` leaves out.
_FRAMEWORK = frozenset({"setvar"})


def states() -> list[type[rx.State]]:
    """All state classes of the app, at any depth."""
    found: list[type[rx.State]] = []

    def walk(kind: Any) -> None:
        for child in kind.get_substates():
            if child.__module__.startswith("roms_app."):
                found.append(child)
            walk(child)

    walk(rx.State)
    return sorted(found, key=lambda kind: kind.__name__)


def handlers_of(kind: type[rx.State]) -> dict[str, Any]:
    """Name as in PUBLIC_HANDLERS → handler."""
    return {
        f"{kind.__name__}.{name}": handler for name, handler in kind.event_handlers.items() if name not in _FRAMEWORK
    }


HANDLERS = {name: handler for kind in states() for name, handler in handlers_of(kind).items()}
GUARDED = sorted(HANDLERS.keys() - PUBLIC_HANDLERS)
FOR_ADMINS = sorted(name for name in GUARDED if HANDLERS[name].fn.roms_guard == "admin")


def arguments_of(handler: Any, number: int = 1) -> dict[str, Any]:
    """A value for each argument, as an outsider would guess it; ids are of existing rows by default."""
    hints = get_type_hints(handler.fn)
    names = list(inspect.signature(handler.fn).parameters)[1:]
    samples: dict[Any, Any] = {int: number, str: "x", bool: True, float: 1.0}
    return {name: samples.get(hints.get(name), {}) for name in names}


def everything_stored() -> dict[str, list[Any]]:
    """All rows of all tables."""
    with database.reading_session() as session:
        return {
            table.name: list(map(tuple, session.execute(table.select()))) for table in SQLModel.metadata.sorted_tables
        }


def is_turned_away(events: list[Any]) -> bool:
    """To the login, or back to the inbox with a word about admins: nothing else."""
    script = script_of(events)
    return "roms.signOut(" in script or ("Only admins" in script and "/inbox" in script)


async def test_who_was_signed_in_is_told_that_the_session_has_ended(people: Cast) -> None:
    for token, why in (("over", "ended"), ("", "")):
        script = script_of(await Tab(token).call(SessionState.load)).replace("\\", "")
        assert f'roms.signOut("{why}")' in script


async def call_untouched(tab: Tab, name: str) -> list[Any]:
    """Call a handler that must do nothing; checks that neither the database nor the tab's state changed."""
    handler = HANDLERS[name]
    before, state = everything_stored(), tab.state(handler.state)
    shown = {var: getattr(state, var) for var in state.base_vars}
    events = await tab.call(handler, **arguments_of(handler))
    assert everything_stored() == before, f"{name} wrote to the database"
    assert {var: getattr(state, var) for var in state.base_vars} == shown, f"{name} changed what the tab shows"
    return events


def test_the_walk_finds_the_handlers() -> None:
    """The premise of the following tests."""
    assert {"InboxState.show", "ComposerState.send_message", "TeamState.create", "WhatsappState.load"} <= set(GUARDED)
    assert len(FOR_ADMINS) >= 15


def test_public_handlers_are_these_and_exist() -> None:
    """A new public handler must be added here deliberately."""
    assert {
        "HomeState.enter",
        "HomeState.greet",
        "LoginState.load",
        "LoginState.submit",
        "SetupState.load",
        "SetupState.submit",
    } == PUBLIC_HANDLERS
    assert HANDLERS.keys() >= PUBLIC_HANDLERS


def unguarded(kinds: list[type[rx.State]]) -> set[str]:
    """Handlers that anybody may call."""
    handlers = {name: handler for kind in kinds for name, handler in handlers_of(kind).items()}
    return {
        name for name, handler in handlers.items() if getattr(handler.fn, "roms_guard", "") not in ("agent", "admin")
    }


def test_each_is_guarded_or_public() -> None:
    assert unguarded(states()) == PUBLIC_HANDLERS


@pytest.mark.parametrize("token", ["", "0" * 43], ids=["no cookie", "made-up cookie"])
async def test_a_stranger_is_sent_to_the_login(token: str, people: Cast, joined: list[str]) -> None:
    tab = Tab(token)
    let_in = [name for name in GUARDED if not is_turned_away(await call_untouched(tab, name))]
    assert not let_in
    assert not joined


async def test_an_agent_is_kept_from_what_is_for_admins(people: Cast, joined: list[str]) -> None:
    tab = Tab(sign_in(people.budi.id or 0))
    let_in = [name for name in FOR_ADMINS if not is_turned_away(await call_untouched(tab, name))]
    assert not let_in
    assert not joined


async def test_an_agent_is_let_in_elsewhere(people: Cast, joined: list[str]) -> None:
    """Nonsense as arguments ends in a sentence, never in an exception."""
    tab = Tab(sign_in(people.budi.id or 0))
    for name in sorted(set(GUARDED) - set(FOR_ADMINS)):
        events = await tab.call(HANDLERS[name], **arguments_of(HANDLERS[name]))
        assert not is_turned_away(events), name


async def test_an_admin_is_let_in_everywhere(people: Cast, joined: list[str]) -> None:
    tab = Tab(sign_in(people.siti.id or 0))
    for name in GUARDED:
        # Nobody with this id: an admin may sign themself out, which would end the walk.
        events = await tab.call(HANDLERS[name], **arguments_of(HANDLERS[name], 999))
        assert not is_turned_away(events), name


async def test_an_ended_session_ends_at_the_next_event(people: Cast, joined: list[str]) -> None:
    tab = Tab(sign_in(people.budi.id or 0))
    assert not is_turned_away(await tab.call(SessionState.load))
    with database.writing_session() as session:
        guard.sessions.end_all_sessions(session, people.budi.id or 0)
        session.commit()
    assert is_turned_away(await tab.call(SessionState.load))


def says_nothing(value: Any) -> bool:
    """Empty; or a view that holds no id, no number and no text but the names of the first list."""
    if is_dataclass(value) and not isinstance(value, type):
        return all(says_nothing(getattr(value, field.name)) for field in fields(value))
    return not value or value is True or value in ("mine", "open")


@pytest.mark.parametrize("kind", states(), ids=lambda kind: kind.__name__)
def test_nothing_private_is_sent_to_everybody(kind: type[rx.State]) -> None:
    """Vars of all states go to whoever connects: before anybody is known they are empty, or a public setting."""
    public = {"language", "timezone"}
    for name, field in kind.get_fields().items():
        if name in kind.base_vars and name not in rx.State.base_vars and name not in public:
            assert says_nothing(field.default_value()), f"{kind.__name__}.{name} begins with something"


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.parametrize("kind", states(), ids=lambda kind: kind.__name__)
def test_no_var_can_be_set_from_outside(kind: type[rx.State]) -> None:
    """Every state has Reflex's `setvar`, open to all; without automatic setters it can set nothing."""
    state = Tab().state(kind)
    for name in set(kind.get_fields()) - {"is_hydrated"}:
        before = getattr(state, name)
        with contextlib.suppress(AttributeError):
            kind.event_handlers["setvar"].fn(state, name, "evil")
        assert getattr(state, name) == before, f"{kind.__name__}.{name}"


def test_a_forgotten_decorator_is_noticed() -> None:
    """The premise: the walk over all handlers finds an unguarded one."""

    class Careless(rx.State):
        @rx.event
        def delete_all(self) -> None:
            """Guarded by nobody."""

    assert unguarded([Careless]) == {"Careless.delete_all"}


def test_reflex_sees_the_handler_without_its_agent() -> None:
    """Reflex checks arguments and converts payloads as if there were no guard."""
    handler = HANDLERS["ComposerState.send_message"]
    assert list(handler.get_parameters())[:2] == ["self", "conversation_id"]
    assert "agent" not in get_type_hints(handler.fn)
    assert get_type_hints(handler.fn)["conversation_id"] is int


async def test_all_kinds_of_functions_are_guarded(people: Cast, joined: list[str]) -> None:
    class Kinds(rx.State):
        seen: list[str] = []  # noqa: RUF012

        @rx.event
        @signed_in
        def plain(self, agent: Any, text: str):
            self.seen.append(f"{agent.name} {text}")

        @rx.event
        @signed_in
        def steps(self, agent: Any, text: str):
            yield call("said", agent.name)
            self.seen.append(text)

        @rx.event
        @admin_only
        async def async_steps(self, agent: Any, text: str):
            yield call("said", agent.name)
            self.seen.append(text)

    budi, nobody = Tab(sign_in(people.budi.id or 0)), Tab()
    for handler in (Kinds.plain, Kinds.steps, Kinds.async_steps):
        assert is_turned_away(await nobody.call(handler, "x"))
    assert nobody.state(Kinds).seen == []
    await budi.call(Kinds.plain, "a")
    assert "Budi" in script_of(await budi.call(Kinds.steps, "b"))
    assert is_turned_away(await budi.call(Kinds.async_steps, "c"))
    assert budi.state(Kinds).seen == ["Budi a", "b"]


async def test_arguments_of_the_wrong_kind_end_in_a_sentence(people: Cast, joined: list[str]) -> None:
    tab = Tab(sign_in(people.siti.id or 0))
    handler = HANDLERS["TeamState.deactivate"]
    await tab.call(handler, agent_id={"$ne": 1})
    assert "does not understand" in tab.state(handler.state).error


async def test_an_agent_can_not_be_given_as_an_argument(people: Cast, joined: list[str]) -> None:
    tab = Tab(sign_in(people.budi.id or 0))
    with pytest.raises(TypeError):
        await tab.call(HANDLERS["SessionState.set_availability"], availability="away", agent=people.siti)


def test_an_error_is_said_in_the_agents_language() -> None:
    error = Conflict("{name} has taken this conversation already.", "Reload the page.", name="Ayu {x}")
    assert str(error) == "Ayu {x} has taken this conversation already. Reload the page."
    assert words_of(error, "id") == "Ayu {x} sudah mengambil percakapan ini. Muat ulang halaman."
