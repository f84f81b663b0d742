"""The hot path costs the same number of statements, however many messages a batch has."""

from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from roms_app.services import changes
from roms_app.services.intake import intake
from tests.services.conftest import Receive
from tests.services.statements import counted
from tests.support.cast import Cast, received
from wa_worker.contract.events import MediaFacts, MessageKind

#: Read: known messages, addresses, contacts, chats. Written: messages, chats. `settle` counts versions up.
KNOWN_CUSTOMERS = 7


def cost(engine: Engine, session: Session, events: list[Any]) -> int:
    with counted(engine) as seen:
        intake.receive_batch(session, events)
        changes.settle(session)
    return len(seen)


def test_texts_of_known_customers(receive: Receive, cast: Cast, session: Session, engine: Engine) -> None:
    receive(*(received(cast.shop, customer) for customer in range(40)))
    assert cost(engine, session, [received(cast.shop, 1)]) == KNOWN_CUSTOMERS
    many = [received(cast.shop, n % 40) for n in range(200)]
    assert cost(engine, session, many) == KNOWN_CUSTOMERS


def test_texts_of_new_customers(cast: Cast, session: Session, engine: Engine) -> None:
    cost(engine, session, [received(cast.shop, 1)])
    one = cost(engine, session, [received(cast.shop, 2)])
    assert cost(engine, session, [received(cast.shop, n) for n in range(100, 300)]) == one


def test_files(receive: Receive, cast: Cast, session: Session, engine: Engine) -> None:
    receive(received(cast.shop))
    some = [received(cast.shop, kind=MessageKind.IMAGE, media=MediaFacts(mimetype="image/jpeg")) for _ in range(50)]
    assert cost(engine, session, some[:1]) == KNOWN_CUSTOMERS + 1
    assert cost(engine, session, some[1:]) == KNOWN_CUSTOMERS + 1
