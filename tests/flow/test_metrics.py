"""Metrics show what happened, and the docs and the dashboard name the same metrics."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import Engine, text
from sqlmodel import Session

from roms_app import database
from roms_app.live import connection, metrics, pipeline, push  # noqa: F401  they make the metrics
from roms_app.live.consumer import Consumer
from roms_app.live.health import health
from roms_app.models import Inbox
from roms_app.models.base import now_ms
from roms_app.ops.paths import ROOT
from roms_app.services import figures
from tests.flow.conftest import Flow
from tests.services.statements import plans
from tests.support import cast as says
from wa_worker.contract.commands import Channel
from wa_worker.contract.events import CommandFailed, SessionStatus
from wa_worker.contract.streams import APP_GROUP, dead_stream

PREFIX = re.compile(r"\broms_[a-z_]+\b")


def value(name: str, **labels: Any) -> float | None:
    return REGISTRY.get_sample_value(name, {key: str(label) for key, label in labels.items()})


def exposed() -> set[str]:
    """Every metric of ours, as Prometheus names it."""
    ours = [family for family in REGISTRY.collect() if family.name.startswith("roms_")]
    return {family.name + ("_total" if family.type == "counter" else "") for family in ours}


class Since:
    """How much counters grew."""

    def __init__(self) -> None:
        self._before = {(name, frozenset(labels.items())): value for name, labels, value in _samples()}

    def __call__(self, name: str, **labels: str) -> float:
        return (value(name, **labels) or 0.0) - self._before.get((name, frozenset(labels.items())), 0.0)


def _samples() -> Iterator[tuple[str, dict[str, str], float]]:
    for family in REGISTRY.collect():
        for sample in family.samples:
            yield sample.name, sample.labels, sample.value


def test_the_docs_name_every_metric_and_no_other() -> None:
    docs = (ROOT / "docs" / "operations.md").read_text()
    table = docs[docs.index("### Metrics") :]
    named = {
        name
        for line in table.splitlines()
        if line.startswith("| `roms_")
        for name in PREFIX.findall(line.split("|")[1])
    }
    assert named == exposed()


def test_the_dashboard_shows_metrics_that_exist() -> None:
    """The dashboard uses existing metrics, and each of them."""
    board = json.loads((ROOT / "docs" / "grafana.json").read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert {name for expression in asked for name in PREFIX.findall(expression)} == exposed()
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


async def test_events_are_counted_as_what_became_of_them(flow: Flow) -> None:
    since = Since()
    failed = CommandFailed(inbox_id=flow.inbox_id, command="SendText", reason="x", wa_message_id="3EB0A")
    acks = says.acked(flow.inbox_id, 2, "3EB0A", "3EB0B")
    await flow.emit(says.received(flow.inbox_id, 1, "Halo"), acks, failed)
    await flow.redis.xadd(flow.stream, {"data": "nonsense"})
    async with flow.consuming():
        await flow.drained()
    assert since("roms_events_received_total") == 4
    assert since("roms_events_stored_total", type="MessageReceived") == 1
    assert since("roms_events_stored_total", type="AckChanged") == 1
    assert since("roms_events_dead_total") == 1
    assert since("roms_send_results_total", status="delivered") == 2
    assert since("roms_send_results_total", status="failed") == 1
    await metrics.refresh()
    assert value("roms_dead_letters", inbox=flow.inbox_id) == 1
    assert value("roms_events_pending", inbox=flow.inbox_id) == 0


async def test_what_waits_is_told_by_number(flow: Flow) -> None:
    with database.writing_session() as session:
        session.add(
            Inbox(
                id=77, name="Toko", channel=Channel.WHATSAPP, status=SessionStatus.LOGGED_OUT, created_at=1, status_at=1
            )
        )
        session.add(
            Inbox(id=78, name="Old", is_active=False, status=SessionStatus.LOGGED_OUT, created_at=1, status_at=1)
        )
        session.commit()
    await Consumer(flow.redis, flow.inbox_id)._make_group()
    await flow.emit(*(says.received(flow.inbox_id, customer, "Halo") for customer in (1, 2, 3)))
    await flow.redis.xreadgroup(APP_GROUP, "somebody", {flow.stream: ">"}, count=1)
    await metrics.refresh()
    assert value("roms_events_unread", inbox=flow.inbox_id) == 2
    assert value("roms_events_pending", inbox=flow.inbox_id) == 1
    assert value("roms_conversations_waiting", inbox=flow.inbox_id) == 0
    async with flow.consuming():
        await flow.drained()
    with database.writing_session() as session:
        # Of three conversations one waits, one is answered by somebody, one is over; of three replies one waits.
        first = "(SELECT min(id) FROM conversation)"
        session.execute(text(f"UPDATE conversation SET status = 'resolved' WHERE id > {first}"))  # noqa: S608
        session.execute(text(f"UPDATE conversation SET assignee_id = NULL, status = 'open' WHERE id = {first} + 1"))
        session.execute(text("UPDATE conversation SET assignee_id = NULL WHERE status = 'resolved'"))
        session.execute(text("UPDATE message SET direction = 'outbound', delivery_status = 'sent'"))
        session.execute(text("UPDATE message SET delivery_status = 'queued' WHERE id = (SELECT min(id) FROM message)"))
        held = session.execute(text("SELECT count(*) FROM conversation WHERE assignee_id IS NOT NULL")).scalar_one()
        assert held == 1, "the premise"
        session.commit()
    await metrics.refresh()
    assert value("roms_conversations_waiting", inbox=flow.inbox_id) == 1
    assert value("roms_replies_queued", inbox=flow.inbox_id) == 1
    assert (value("roms_replies_queued", inbox=77), value("roms_replies_queued", inbox=78)) == (0, None)
    assert value("roms_numbers", status="logged_out") == 1
    assert (value("roms_database_up"), value("roms_redis_up")) == (1, 1)


class Noted(dict[int, int]):
    """The lag of each number, and all that it was."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[int] = []

    def __setitem__(self, inbox_id: int, lag_ms: int) -> None:
        self.seen.append(lag_ms)
        super().__setitem__(inbox_id, lag_ms)


async def test_how_old_the_newest_event_was_is_told_in_seconds(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = Noted()
    monkeypatch.setattr(health, "lag_ms", noted)
    await flow.emit(says.received(flow.inbox_id).model_copy(update={"occurred_at": now_ms() - 3_600_000}))
    async with flow.consuming():
        await flow.drained()
    assert max(noted.seen) >= 3_600_000
    noted[flow.inbox_id] = 2_500
    await metrics.refresh()
    assert value("roms_event_lag_seconds", inbox=flow.inbox_id) == 2.5


async def test_what_is_away_is_told_as_down(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    await flow.redis.xadd(dead_stream(flow.inbox_id), {"data": "x"})
    await metrics.refresh()
    assert value("roms_dead_letters", inbox=flow.inbox_id) == 1
    away = connection.make_redis("redis://127.0.0.1:1/0")
    monkeypatch.setattr(metrics, "get_redis", lambda: away)
    await metrics.refresh()
    assert (value("roms_redis_up"), value("roms_database_up")) == (0, 1)
    assert value("roms_dead_letters", inbox=flow.inbox_id) is None, "an old number would look like a new one"

    def broken(_session: Session) -> figures.Figures:
        raise metrics.TemporarilyUnavailable("The database does not answer.")

    monkeypatch.setattr(metrics.figures, "read_figures", broken)
    await metrics.refresh()
    assert value("roms_database_up") == 0
    assert value("roms_replies_queued", inbox=flow.inbox_id) is None


def test_no_figure_reads_the_history(sqlite_engine: Engine) -> None:
    """Each statement about a growing table uses an index that holds only the counted rows."""
    with Session(sqlite_engine) as session, plans(session) as seen:
        figures.read_figures(session)
    about = [plan for plan in seen if "message" in plan or "conversation" in plan]
    assert len(about) == 2
    assert any("ix_message_outbox" in plan for plan in about), about
    waiting = ("ix_conversation_waiting", "ix_conversation_mine (assignee_id=? AND status=?)")
    assert any(index in plan for plan in about for index in waiting), about
