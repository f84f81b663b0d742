"""Every handler and framework event, called by everybody with nonsense: nothing fails, nothing is told or changed.

`make fuzz` does the same for minutes, and measures.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.fuzz.attackers import Attack
from devtools.fuzz.ground import measured_app
from devtools.fuzz.logged import wrong_entries
from devtools.fuzz.meter import Meter
from devtools.fuzz.scene import ROLES, SECRET, Scene, sealed_rows
from roms_app.live.transactions import reading
from tests.attack.app import App, handler, wire

Measured = tuple[App, Meter, Scene]


@pytest.fixture(scope="module")
def measured(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Measured]:
    folder = tmp_path_factory.mktemp("app")
    shutil.copy(sqlite_template, folder / "roms.db")
    # An agent may not send so much in so short a time.
    with measured_app(folder, is_unlimited=True) as all_three:
        yield all_three


@pytest.fixture(scope="module")
def app(measured: Measured) -> App:
    return measured[0]


@pytest.fixture
async def attack(measured: Measured, inside: None) -> Attack:
    _, meter, scene = measured
    await scene.tend()
    meter.take()
    return Attack(*measured, seed="test")


@pytest.mark.parametrize("role", ROLES)
async def test_nonsense_fails_nothing(attack: Attack, role: str) -> None:
    before = await reading(sealed_rows, attack.scene)
    await attack.once(role)
    taken = attack.meter.take()
    # Every event got as far as the gate, by whom it was meant to be; or after they had logged themselves out ("").
    assert {attack.scene.role_of(agent_id) for agent_id, _ in taken.reached} - {""} == {role}
    assert taken.reached.total() == attack.sent[role]
    assert taken.failures == []
    assert wrong_entries(attack.app.entries()) == []
    # Of a number that none of them answers.
    assert attack.leaks == []
    assert await reading(sealed_rows, attack.scene) == before


async def test_an_agent_of_the_number_sees_and_changes_it(attack: Attack) -> None:
    """The premise of the other test: the sealed data can be read and changed by its own agent."""
    before = await reading(sealed_rows, attack.scene)
    async with wire(attack.app, attack.scene.owner_cookie, boot=False) as tab:
        for conversation_id in attack.scene.sealed_conversations:
            await tab.call(handler("thread", "resolve"), conversation_id=conversation_id, seen_message_id=2**31 - 1)
            await tab.call(handler("thread", "open_conversation"), conversation_id=conversation_id)
        await tab.until(SECRET)
    await attack.settled()
    after = await reading(sealed_rows, attack.scene)
    assert {table for table in after if after[table] != before[table]} >= {"conversation"}


def test_collections_do_not_look_at_what_was_loaded(measured: Measured) -> None:
    """Modules, pages and handlers: some 200,000 objects, with which every full collection would hold up all tabs."""
    assert measured[1].rest().frozen > 100_000
