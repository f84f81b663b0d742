"""Tests of the circuit breaker: opening, trial sends, and restarts."""

import asyncio
from pathlib import Path

import pytest

from devtools.waiting import PATIENCE
from wa_worker.sending.breaker import Breaker

#: How long it rests (ms); also how often who waits looks at the clock, in real time.
_REST = 50


class Switch:
    """A breaker whose clock stands still unless the test moves it, and what was said of it."""

    def __init__(self, folder: Path) -> None:
        self.changes: list[bool] = []
        self.told: list[int] = []
        self.now = 1_000_000
        self.breaker = Breaker(folder / "breaker.json", _REST / 1000, self.changes.append, lambda: self.now)

    def refuse(self, times: int, *, is_trial: bool = False) -> None:
        for _ in range(times):
            self.breaker.note(is_good=False, is_trial=is_trial)

    async def admit_after_rest(self) -> bool:
        """Wait, while the rest passes; True: on trial."""
        waiting = asyncio.create_task(self.breaker.admit(self.told.append))
        await asyncio.sleep(0)
        assert not waiting.done()
        self.now += _REST
        async with asyncio.timeout(PATIENCE):
            return await waiting

    async def is_let_in(self) -> bool:
        """At once, without waiting."""
        task = asyncio.create_task(self.breaker.admit(self.told.append))
        await asyncio.sleep(0)
        return task.cancel() is False


@pytest.fixture
def switch(tmp_path: Path) -> Switch:
    return Switch(tmp_path)


async def test_three_refusals_in_a_row_open_it_and_one_message_goes_on_trial(switch: Switch) -> None:
    switch.refuse(2)
    assert await switch.is_let_in()
    switch.breaker.note(is_good=True, is_trial=False)
    switch.refuse(2)
    assert switch.changes == [], "in a row"
    switch.refuse(1)
    assert (switch.changes, switch.breaker.is_open) == ([True], True)
    assert await switch.admit_after_rest(), "on trial"
    assert switch.told[0] == switch.now, "told when the rest is over"
    switch.breaker.note(is_good=True, is_trial=False)
    assert switch.breaker.is_open, "what went before tells nothing of the trial"
    assert not await switch.is_let_in(), "one at a time"
    switch.breaker.note(is_good=True, is_trial=True)
    assert (switch.changes, switch.breaker.is_open) == ([True, False], False)
    assert await switch.is_let_in()


async def test_a_trial_that_is_refused_opens_it_again(switch: Switch) -> None:
    switch.refuse(3)
    assert await switch.admit_after_rest()
    switch.refuse(1, is_trial=True)
    assert switch.breaker.is_open
    assert await switch.admit_after_rest()
    assert len(switch.told) == 2, "another rest, told again"


async def test_a_trial_that_tells_nothing_lets_the_next_one_try(switch: Switch) -> None:
    switch.refuse(3)
    assert await switch.admit_after_rest()
    switch.breaker.note(is_good=None, is_trial=True)
    assert await switch.is_let_in()


async def test_who_waits_goes_as_soon_as_it_closes(switch: Switch) -> None:
    switch.breaker.open_for_ban()
    waiting = asyncio.create_task(switch.breaker.admit(switch.told.append))
    reaction = asyncio.create_task(switch.breaker.wait_rested())
    switch.now += _REST
    await asyncio.sleep(0)
    assert not waiting.done(), "a ban outlasts the rest"
    assert not reaction.done(), "a ban outlasts the rest"
    switch.breaker.close()
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(waiting, reaction)


async def test_a_reaction_waits_for_the_rest_and_for_a_trial_but_is_none_itself(switch: Switch) -> None:
    switch.refuse(3)
    reaction = asyncio.create_task(switch.breaker.wait_rested())
    await asyncio.sleep(0)
    assert not reaction.done()
    switch.now += _REST
    async with asyncio.timeout(PATIENCE):
        await reaction
    assert await switch.is_let_in(), "the trial is left to a message"
    reaction = asyncio.create_task(switch.breaker.wait_rested())
    await asyncio.sleep(0)
    assert not reaction.done(), "a trial is under way"
    switch.breaker.note(is_good=None, is_trial=True)
    async with asyncio.timeout(PATIENCE):
        await reaction
    assert switch.breaker.is_open


async def test_it_survives_a_restart(switch: Switch, tmp_path: Path) -> None:
    switch.breaker.open_for_ban()
    again = Switch(tmp_path)
    assert (again.breaker.is_open, again.changes) == (True, [])
    assert not await again.is_let_in()
    again.breaker.close()
    assert not Switch(tmp_path).breaker.is_open


def test_a_broken_file_is_a_closed_breaker(tmp_path: Path) -> None:
    (tmp_path / "breaker.json").write_text('{"until": tru')
    assert not Switch(tmp_path).breaker.is_open
