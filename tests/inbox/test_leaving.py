"""A page whose session is gone: what the login is told, and what remains in the tab."""

from typing import Any

import pytest

from tests.inbox.conftest import ASSETS, Node

_BROWSER = """
kept = new Map([["token", "t"], ["roms-draft-1", "Selamat pagi"]]);
sessionStorage = { clear: () => kept.clear(), setItem: (name, value) => kept.set(name, value) };
location = { pathname: "/inbox/42", replace: (to) => { location.left = to; } };
fetch = () => new Promise(() => {});
0;
"""


@pytest.fixture
def leave() -> Any:
    """Run steps on a page of its own: the address that it left to, and what is in its storage then."""
    node = Node()

    def now() -> Any:
        return node.run("({ to: location.left, kept: Object.fromEntries(kept) })")

    def run(*steps: str) -> Any:
        node.run(_BROWSER + (ASSETS / "live.js").read_text("utf-8"))
        node.run(";".join(steps) + ";0")
        return now()

    run.now = now  # pyright: ignore[reportFunctionMemberAccess]
    yield run
    node.close()


def test_the_login_knows_why_and_where_and_no_draft_remains(leave: Any) -> None:
    assert leave("romsLive.signOut('changed')") == {
        "to": "/login",
        "kept": {"roms-left-why": "changed", "roms-left-page": "/inbox/42"},
    }


def test_the_first_reason_stands(leave: Any) -> None:
    assert leave("romsLive.signOut('changed')", "romsLive.signOut('ended')")["kept"]["roms-left-why"] == "changed"


def test_who_just_came_is_told_of_the_page_that_they_asked_for_only(leave: Any) -> None:
    assert leave("romsLive.signOut('')")["kept"] == {"roms-left-page": "/inbox/42"}
    assert leave("location.pathname = '/inbox'", "romsLive.signOut('')")["kept"] == {}


def test_who_logs_out_by_themselves_is_not_told_so(leave: Any) -> None:
    left = leave("romsLive.logOut()", "romsLive.signOut('logged_out')")
    assert left == {"kept": {"token": "t", "roms-draft-1": "Selamat pagi"}}, "it waits for the server's answer"


@pytest.mark.parametrize(("heard", "why"), [("live.heard()", "ended"), ("0", "")])
def test_the_answer_to_presence_tells_an_ended_session_from_a_visitor(leave: Any, heard: str, why: str) -> None:
    # What stands after an `await` runs when the next line of input is read.
    leave(
        "fetch = () => Promise.resolve({ status: 401 })",
        "live = new romsLive.Live(() => {}, () => ({ words: {}, fill: () => '' }))",
        heard,
        "live.tellPresence()",
    )
    assert leave.now()["kept"].get("roms-left-why", "") == why
