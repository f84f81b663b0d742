"""Authorization of event handlers: every event from a browser passes here before it reaches a service.

Anyone who reaches the WebSocket can call any handler of any state with any arguments. Therefore each handler has
`@signed_in` or `@admin_only` below `@rx.event`, or is named in `PUBLIC_HANDLERS`; tests/auth checks all of them. The
agent is looked up from the session cookie at every event, so an ended session ends at the next click.
"""

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, Final, TypeVar, TypeVarTuple, get_type_hints

import reflex as rx
from pydantic import TypeAdapter, ValidationError
from reflex.istate.proxy import StateProxy

from roms_app.errors import NotAllowed, RomsError, not_understood
from roms_app.i18n.catalog import translate
from roms_app.live.gate import sign_in_again
from roms_app.live.transactions import reading
from roms_app.models import Agent, Role
from roms_app.services import sessions
from roms_app.states.browser import toast

#: Handlers that people who are not signed in may call, as ``State.handler``. All others are guarded.
PUBLIC_HANDLERS: Final = frozenset(
    {
        "HomeState.enter",
        "HomeState.greet",
        "LoginState.load",
        "LoginState.submit",
        "SetupState.load",
        "SetupState.submit",
    }
)

#: The types of arguments that are checked here; others (uploads, key events) are checked where they are used.
_CHECKED: Final = (int, str, bool, float, dict[str, str], dict[str, Any], list[str], list[int])

Handler = Callable[..., Any]
S = TypeVar("S", bound=rx.State)
Arguments = TypeVarTuple("Arguments")


def signed_in(fn: Callable[[S, Agent, *Arguments], Any]) -> Callable[[S, *Arguments], Any]:
    """Let the handler run only for a signed-in agent, and pass it as the argument after `self`."""
    return _guarded(fn, is_admin_only=False)


def admin_only(fn: Callable[[S, Agent, *Arguments], Any]) -> Callable[[S, *Arguments], Any]:
    """Like `signed_in`, for admins only."""
    return _guarded(fn, is_admin_only=True)


def session_token(state: rx.State) -> str:
    """The session cookie of the tab's socket; "" if there is none."""
    return sessions.cookie_in(state.router.headers.cookie or "", sessions.COOKIE)


def browser_of(state: rx.State) -> str:
    """The id cookie of the browser, which it has before anybody signs in. Raises NotAllowed if it keeps no cookies."""
    if browser := sessions.cookie_in(state.router.headers.cookie or "", sessions.BROWSER_COOKIE):
        return browser
    raise NotAllowed("Your browser sent no cookie.", "Allow cookies for this site, then reload the page.")


async def current_agent(state: rx.State) -> Agent | None:
    """The agent of the session in the tab's cookie; None if there is no session or it has ended."""
    token = session_token(state)
    return await reading(sessions.agent_of_token, token) if token else None


def words_of(error: RomsError, language: str) -> str:
    """The error and its remedy, in the agent's language."""
    message = translate(language, error.template)
    said = message.format(**error.values) if error.values else message
    return f"{said} {translate(language, error.mend)}".strip()


def _guarded(fn: Handler, *, is_admin_only: bool) -> Any:
    """Wrap `fn` with the checks. Reflex sees the signature of `fn` without `agent`."""
    if inspect.isasyncgenfunction(fn) or inspect.isgeneratorfunction(fn):
        wrapper = _generator_wrapper(fn, is_admin_only)
    else:
        wrapper = _plain_wrapper(fn, is_admin_only)
    signature = inspect.signature(fn)
    state, agent, *others = signature.parameters.values()
    functools.update_wrapper(wrapper, fn)
    # Reflex reads names and types of the arguments here, to check events and to convert payloads.
    wrapper.__signature__ = signature.replace(parameters=[state, *others])  # pyright: ignore[reportFunctionMemberAccess]
    wrapper.__annotations__ = {name: hint for name, hint in fn.__annotations__.items() if name != agent.name}
    wrapper.roms_guard = "admin" if is_admin_only else "agent"  # pyright: ignore[reportFunctionMemberAccess]
    return wrapper


def _plain_wrapper(fn: Handler, is_admin_only: bool) -> Callable[..., Coroutine[Any, Any, Any]]:
    async def wrapper(self: rx.State, *args: Any, **kwargs: Any) -> Any:
        agent, refusal = await _admit(self, is_admin_only)
        if agent is None:
            return refusal
        try:
            result = fn(self, agent, *args, **_checked(fn, kwargs))
            return await result if inspect.isawaitable(result) else result
        except RomsError as error:
            return await _show(self, agent, error)

    return wrapper


def _generator_wrapper(fn: Handler, is_admin_only: bool) -> Callable[..., AsyncGenerator[Any, None]]:
    async def wrapper(self: rx.State, *args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:
        agent, refusal = await _admit(self, is_admin_only)
        if agent is None:
            yield refusal
            return
        try:
            steps = fn(self, agent, *args, **_checked(fn, kwargs))
            if inspect.isasyncgen(steps):
                async for step in steps:
                    yield step
            else:
                for step in steps:
                    yield step
        except RomsError as error:
            yield await _show(self, agent, error)

    return wrapper


async def _admit(state: rx.State, is_admin_only: bool) -> tuple[Agent | None, Any]:
    """The agent, or the event to send to the browser instead."""
    agent = await current_agent(state)
    if agent is None:
        return None, sign_in_again(was_signed_in=session_token(state) != "")
    if is_admin_only and agent.role is not Role.ADMIN:
        refused = NotAllowed("Only admins can do this.", "Ask an admin of your team.")
        return None, [toast("error", words_of(refused, agent.language)), rx.redirect("/inbox")]
    return agent, None


@functools.cache
def _argument_types(fn: Handler) -> dict[str, TypeAdapter[Any]]:
    hints = get_type_hints(fn)
    return {name: TypeAdapter(hint) for name, hint in hints.items() if hint in _CHECKED and name != "return"}


def _checked(fn: Handler, kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments, checked against their annotations: they come from outside and may be anything.

    Raises InvalidInput.
    """
    types = _argument_types(fn)
    try:
        return {name: types[name].validate_python(value) if name in types else value for name, value in kwargs.items()}
    except ValidationError as error:
        raise not_understood() from error


async def _show(state: rx.State, agent: Agent, error: RomsError) -> Any:
    """Show the error in the state's own var (`error`) if it has one, else as a toast."""
    words = words_of(error, agent.language)
    if "error" not in type(state).get_fields():
        return toast("error", words)
    if isinstance(state, StateProxy):
        async with state:
            state.error = words
    else:
        state.error = words  # pyright: ignore[reportAttributeAccessIssue]
    return None
