"""Tests of a page whose session has ended: the reason for the login, and the tab's storage."""

from typing import Any

import pytest

from tests.inbox.conftest import ASSETS, STORAGE, Node

_BROWSER = """
sessionStorage = makeStorage({ token: "t", "roms-draft-5-1": "Selamat pagi" });
romsComposer = { keepDraft: () => sessionStorage.setItem("roms-draft-5-42", "Baik") };
location = { pathname: "/inbox/42", replace: (to) => { location.left = to; } };
fetch = () => new Promise(() => {});
0;
"""


@pytest.fixture
def leave() -> Any:
    """Run steps on a page of its own: the address that it left to, and what is in its storage then."""
    node = Node()

    def now() -> Any:
        return node.run("({ to: location.left, kept: { ...sessionStorage } })")

    def run(*steps: str) -> Any:
        node.run(STORAGE + _BROWSER + (ASSETS / "live.js").read_text("utf-8"))
        node.run(";".join(steps) + ";0")
        return now()

    run.now = now  # pyright: ignore[reportFunctionMemberAccess]
    yield run
    node.close()


DRAFTS = {"roms-draft-5-1": "Selamat pagi", "roms-draft-5-42": "Baik"}


def test_the_login_knows_why_and_where_and_only_the_drafts_remain(leave: Any) -> None:
    assert leave("romsLive.signOut('changed')") == {
        "to": "/login",
        "kept": {"roms-left-why": "changed", "roms-left-page": "/inbox/42", **DRAFTS},
    }


def test_the_first_reason_stands(leave: Any) -> None:
    assert leave("romsLive.signOut('changed')", "romsLive.signOut('ended')")["kept"]["roms-left-why"] == "changed"


def test_who_just_came_is_told_of_the_page_that_they_asked_for_only(leave: Any) -> None:
    assert leave("romsLive.signOut('')")["kept"] == {"roms-left-page": "/inbox/42", **DRAFTS}
    assert leave("location.pathname = '/inbox'", "romsLive.signOut('')")["kept"] == DRAFTS


def test_who_logs_out_by_themselves_is_not_told_so(leave: Any) -> None:
    left = leave("romsLive.logOut()", "romsLive.signOut('logged_out')")
    assert left == {"kept": {"token": "t", "roms-draft-5-1": "Selamat pagi"}}, "it waits for the server's answer"


def test_who_logs_out_leaves_no_draft_in_any_tab(leave: Any) -> None:
    leave("fetch = () => Promise.resolve({})", "romsLive.logOut()")
    assert leave.now() == {"to": "/login", "kept": {}}
    left = leave("romsLive.signOut('logged_out')")
    assert left["kept"] == {"roms-left-why": "logged_out", "roms-left-page": "/inbox/42"}


@pytest.mark.parametrize("heard", ["live.heard()", "0"])
def test_an_open_socket_alone_says_why(leave: Any, heard: str) -> None:
    """Presence is refused too, at any moment before or after: it knows less."""
    refused = (
        "fetch = () => Promise.resolve({ status: 401 })",
        "live = new romsLive.Live(() => {}, () => ({ words: {}, fill: () => '' }))",
        heard,
        "live.tellPresence()",
    )
    # What stands after an `await` runs when the next line of input is read.
    leave(*refused)
    assert "to" not in leave.now()
    leave(*refused, "romsLive.signOut('logged_out')")
    assert leave.now()["kept"]["roms-left-why"] == "logged_out"


@pytest.mark.parametrize(("heard", "why"), [("live.heard()", "ended"), ("0", "")])
def test_without_a_socket_presence_tells_an_ended_session_from_a_visitor(leave: Any, heard: str, why: str) -> None:
    leave(
        "fetch = () => Promise.resolve({ status: 401 })",
        "live = new romsLive.Live(() => {}, () => ({ words: {}, fill: () => '' }))",
        heard,
        "live.setConnected(false)",
        "live.tellPresence()",
    )
    assert leave.now()["kept"].get("roms-left-why", "") == why
    assert leave.now()["to"] == "/login"


def test_for_another_agent_the_page_begins_anew(leave: Any) -> None:
    left = leave("location.reload = () => { location.left = 'reloaded'; }", "romsLive.startOver()")
    assert left == {"to": "reloaded", "kept": {"roms-draft-5-1": "Selamat pagi"}}
