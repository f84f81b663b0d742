"""Labels of the open conversation, as an agent's tab puts them on."""

import pytest

from roms_app import database
from roms_app.services import presenting
from roms_app.services.intake import intake
from roms_app.states.labels import LabelsState
from tests.support.cast import Cast, received
from tests.support.tabs import Tab, sign_in


@pytest.fixture
def chat(people: Cast) -> int:
    """A conversation of the shop."""
    with database.writing_session() as session:
        intake.receive_batch(session, [received(people.shop)])
        session.commit()
    return 1


def labels_on(conversation_id: int) -> list[str]:
    with database.reading_session() as session:
        return presenting.conversation_rows(session, [conversation_id])[conversation_id].labels


async def test_an_agent_puts_labels_on_and_takes_them_away(people: Cast, chat: int, joined: list[str]) -> None:
    tab = Tab(sign_in(people.budi.id or 0))
    state = tab.state(LabelsState)
    await tab.call(LabelsState.list_labels, True)
    assert state.choices == []
    await tab.call(LabelsState.add_label, chat, {"name": "Refund"})
    await tab.call(LabelsState.add_label, chat, {"name": "VIP"})
    assert [choice.name for choice in state.choices] == labels_on(chat) == ["Refund", "VIP"]
    await tab.call(LabelsState.set_label, chat, state.choices[0].id, False)
    assert labels_on(chat) == ["VIP"]
    await tab.call(LabelsState.set_label, chat, state.choices[0].id, True)
    assert labels_on(chat) == ["Refund", "VIP"]


async def test_a_refusal_is_said_in_the_menu(people: Cast, chat: int, joined: list[str]) -> None:
    tab = Tab(sign_in(people.budi.id or 0))
    await tab.call(LabelsState.add_label, chat, {"name": "x" * 41})
    assert tab.state(LabelsState).error == "A label needs a name of 1 to 40 characters. For example: Refund."
    outsider = Tab(sign_in(people.eko.id or 0))
    await outsider.call(LabelsState.add_label, chat, {"name": "Mine"})
    assert outsider.state(LabelsState).error.startswith("There is no such conversation.")
    assert labels_on(chat) == []
    await outsider.call(LabelsState.list_labels, True)
    assert outsider.state(LabelsState).choices == [], "what was refused made no label"
