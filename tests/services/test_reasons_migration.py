"""Migration 0008: stored sentences become a code with parameters, on both databases, and back."""

import importlib.util
import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from roms_app import database
from roms_app.domain import reasons, wording
from roms_app.domain.reasons import ReasonCode
from roms_app.ops.paths import ROOT


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reasons_0008", ROOT / "alembic/versions/0008_reasons_are_codes.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


migration = _load()

#: Sentences as the versions before stored them, English and Indonesian, and what becomes of them.
OLD: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "Assigned to Budi: available, 3 of 8 open, waited longest; Ayu skipped: at capacity (8 of 8); Siti skipped: "
        "had it before; 2 more skipped.",
        "Diberikan kepada Budi: siap, 3 dari 8 terbuka, paling lama menunggu giliran; Ayu dilewati: sudah penuh "
        "(8 dari 8); Siti dilewati: sudah pernah mendapatnya; 2 lainnya dilewati.",
        "in_turn",
        {
            "agent": "Budi", "open": 3, "capacity": 8, "more": 2,
            "skipped": [
                {"agent": "Ayu", "skip": "at_capacity", "open": 8, "capacity": 8}, {"agent": "Siti", "skip": "had_it"},
            ],
        },
    ),
    (
        "Assigned to Budi: available, 0 of 8 open, lightest load.",
        "Diberikan kepada Budi: siap, 0 dari 8 terbuka, beban paling ringan.",
        "lightest_load", {"agent": "Budi", "open": 0, "capacity": 8},
    ),
    (
        "Assigned to \u2068أحمد\u2069: answered this customer before, available, 1 of 30 open.",
        "Diberikan kepada \u2068أحمد\u2069: pernah melayani pelanggan ini, siap, 1 dari 30 terbuka.",
        "answered_before", {"agent": "أحمد", "open": 1, "capacity": 30},
    ),
    ("Budi took this conversation.", "Budi mengambil percakapan ini.", "taken", {"agent": "Budi"}),
    (
        "Budi answered and took this conversation.", "Budi membalas dan mengambil percakapan ini.",
        "taken_by_reply", {"agent": "Budi"},
    ),
    (
        "Budi handed this conversation over to the team Sales {2}.",
        "Budi menyerahkan percakapan ini ke tim Sales {2}.",
        "handed_to_team", {"agent": "Budi", "team": "Sales {2}"},
    ),
    (
        'Budi handed this conversation over to Ayu "Ay".', 'Budi menyerahkan percakapan ini ke Ayu "Ay".',
        "handed_over", {"agent": "Budi", "to": 'Ayu "Ay"'},
    ),
    (
        "Siti unassigned this conversation: it stays so until somebody takes it.",
        "Siti melepas percakapan ini: tetap tanpa agen sampai ada yang mengambilnya.",
        "unassigned", {"agent": "Siti"},
    ),
    ("Budi resolved this conversation.", "Budi menyelesaikan percakapan ini.", "resolved", {"agent": "Budi"}),
    (
        "42 returned this conversation to the queue.", "42 mengembalikan percakapan ini ke antrean.",
        "returned", {"agent": "42"},
    ),
    (
        "Returned to the queue: Budi is no longer on the team.", "Kembali ke antrean: Budi tidak lagi di tim.",
        "left_team", {"agent": "Budi"},
    ),
    (
        "Returned to the queue: Budi went away.", "Kembali ke antrean: Budi sedang pergi.",
        "went_away", {"agent": "Budi"},
    ),
    (
        "Returned to the queue: Budi no longer answers this number.",
        "Kembali ke antrean: Budi tidak lagi melayani nomor ini.",
        "left_number", {"agent": "Budi"},
    ),
    (
        "Returned to the queue: Budi may no longer reply to customers.",
        "Kembali ke antrean: Budi tidak boleh lagi membalas pelanggan.",
        "may_not_reply", {"agent": "Budi"},
    ),
    (
        "Returned to the queue: the shift of Budi has ended.", "Kembali ke antrean: jam kerja Budi sudah selesai.",
        "shift_ended", {"agent": "Budi"},
    ),
    (
        "Returned to the queue: Budi did not answer within 1 minute.",
        "Kembali ke antrean: Budi tidak menjawab dalam 1 menit.",
        "timed_out", {"agent": "Budi", "minutes": 1},
    ),
    (
        "Escalated to the admins: returned to the queue once without an answer.",
        "Diteruskan ke admin: 1 kali kembali ke antrean tanpa jawaban.",
        "escalated", {"rounds": 1},
    ),
    (
        "Escalated to the admins: returned to the queue 3 times without an answer.",
        "Diteruskan ke admin: 3 kali kembali ke antrean tanpa jawaban.",
        "escalated", {"rounds": 3},
    ),
    (
        "Routed to Sales: the customer wrote “harga”.", "Diarahkan ke Sales: pelanggan menulis “harga”.",
        "routed_by_word", {"team": "Sales", "word": "harga"},
    ),
    (
        "Routed to Sales: it is labelled “VIP”.", "Diarahkan ke Sales: berlabel “VIP”.",
        "routed_by_label", {"team": "Sales", "label": "VIP"},
    ),
    (
        "Routed to Sales: the customer writes for the first time.",
        "Diarahkan ke Sales: pelanggan baru pertama kali menulis.",
        "routed_first_contact", {"team": "Sales"},
    ),
]  # fmt: skip
#: Of versions older still, by hand, and with two languages that disagree.
OTHER = [
    ("Assigned to Budi: available, and answered this customer before.", "Diberikan kepada Budi: siap."),
    ("-", "-"),
    ("Budi took this conversation.", "Ayu mengambil percakapan ini."),
    ("Assigned to Budi: available, 3 of 8 open, waited longest; it rained.", "…"),
    ("Returned to the queue: Budi did not answer within 1 minutes.", "Kembali ke antrean: Budi tidak menjawab …"),
]  # fmt: skip


def test_every_sentence_of_before_is_among_them() -> None:
    """The premise: all codes but the one for what has none."""
    assert {code for _, _, code, _ in OLD} == set(ReasonCode) - {ReasonCode.TEXT}


@pytest.mark.parametrize(("english", "indonesian", "code", "params"), OLD)
def test_a_sentence_becomes_its_code_and_says_the_same(
    english: str, indonesian: str, code: str, params: dict[str, Any]
) -> None:
    found, stored = migration.stored(english, indonesian)
    assert (found, json.loads(stored)) == (code, params)
    assert migration.said(found, json.loads(stored)) == (english, indonesian)
    reason = reasons.read(found, stored)
    assert reason is not None, "what is stored fits what is read"
    words = wording.words(reason)
    assert words["en"] == english
    # The catalogue has put some of them better since; they still say everything.
    assert [value for value in params.values() if isinstance(value, str | int) and str(value) not in words["id"]] == []


@pytest.mark.parametrize(("english", "indonesian"), OTHER)
def test_what_fits_nothing_keeps_its_english_words(english: str, indonesian: str) -> None:
    code, params = migration.stored(english, indonesian)
    assert (code, json.loads(params)) == ("text", {"text": english})
    assert wording.words_of(code, params) == {"en": english, "id": english}


@contextmanager
def before(engine: Engine) -> Iterator[None]:
    """A database of the version before, with old rows of each kind; afterwards brought to the newest again."""
    config = database.alembic_config(engine)
    command.downgrade(config, "0007")
    with engine.begin() as connection:
        for statement in _ROWS:
            connection.execute(text(statement))
        rows = [
            {"id": number, "en": en, "id_": id_}
            for number, (en, id_) in enumerate([*(row[:2] for row in OLD), *OTHER], start=1)
        ]
        connection.execute(
            text(
                "INSERT INTO assignment (id, conversation_id, kind, reason, reason_indonesian, note, at)"
                " VALUES (:id, 8, 'returned', :en, :id_, '', 1)"
            ),
            rows,
        )
    try:
        yield
    finally:
        with engine.begin() as connection:
            for table in ("session_history", "assignment", "conversation", "contact", "inbox"):
                connection.execute(text(f"DELETE FROM {table}"))
        command.upgrade(config, "head")


_ROWS = (
    "INSERT INTO inbox (id, name, channel, status, status_reason, status_at, wa_version, is_active, created_at, alerts,"
    " browser_error, host, has_groups, read_receipts, assignment_order, is_sticky, escalate_after, timezone)"
    " VALUES (1, 'Shop', 'demo', 'incompatible', 'missing Chat, Msg', 1, '', TRUE, 1, '', '', '', FALSE, 'on_reply',"
    " 'round_robin', TRUE, 2, 'Asia/Jakarta'), (2, 'Other', 'demo', 'live', '', 1, '', TRUE, 1, '', '', '', FALSE,"
    " 'on_reply', 'round_robin', TRUE, 2, 'Asia/Jakarta')",
    "INSERT INTO contact (id, inbox_id, first_seen_at, is_group) VALUES (7, 1, 1, FALSE)",
    "INSERT INTO conversation (id, inbox_id, contact_id, chat_jid, status, last_message_at, last_message_preview,"
    " unread_count, version, created_at, priority, is_by_hand, response_rounds)"
    " VALUES (8, 1, 7, '9@lid', 'open', 1, '', 0, 1, 1, 0, FALSE, 0)",
    "INSERT INTO session_history (id, inbox_id, status, reason, at) VALUES (1, 1, 'incompatible', 'missing Chat', 1),"
    " (2, 1, 'reconnecting', 'deaf', 2), (3, 1, 'live', 'gap', 3)",
)


def rows(engine: Engine, columns: str, table: str = "assignment", order: str = "id") -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(f"SELECT {columns} FROM {table} ORDER BY {order}"))]


def test_stored_reasons_are_converted_and_come_back(engine: Engine) -> None:
    config = database.alembic_config(engine)
    with before(engine):
        sentences = rows(engine, "reason, reason_indonesian")
        command.upgrade(config, "0008")
        found = [(code, json.loads(params)) for code, params in rows(engine, "reason_code, reason_params")]
        assert found == [*((code, params) for _, _, code, params in OLD), *(("text", {"text": en}) for en, _ in OTHER)]
        assert rows(engine, "status_reason, status_params", "inbox") == [
            ("missing", '{"parts":["Chat","Msg"]}'), ("", "{}"),
        ]  # fmt: skip
        history = rows(engine, "reason, reason_params", "session_history")
        assert history == [("missing", '{"parts":["Chat"]}'), ("deaf", "{}"), ("gap", "{}")]
        command.downgrade(config, "0007")
        assert rows(engine, "reason, reason_indonesian") == [*sentences[: len(OLD)], *((en, en) for en, _ in OTHER)]
        assert rows(engine, "status_reason", "inbox") == [("missing Chat, Msg",), ("",)]
        assert rows(engine, "reason", "session_history") == [("missing Chat",), ("deaf",), ("gap",)]


def test_a_migration_that_fails_leaves_all_as_it_was(engine: Engine) -> None:
    config = database.alembic_config(engine)
    with before(engine):
        sentences = rows(engine, "*")
        with engine.begin() as connection:
            # The last step finds its column there already.
            connection.execute(text("ALTER TABLE session_history ADD COLUMN reason_params TEXT"))
        with pytest.raises(DatabaseError):
            command.upgrade(config, "0008")
        assert rows(engine, "*") == sentences
        assert rows(engine, "status_reason", "inbox") == [("missing Chat, Msg",), ("",)]
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE session_history DROP COLUMN reason_params"))


def test_batches_reach_every_row(engine: Engine) -> None:
    """With ids that have gaps, and a last batch that is not full."""
    config = database.alembic_config(engine)
    with before(engine):
        many = [{"id": 100 + 7 * number} for number in range(2 * migration.BATCH + 1)]
        with engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO assignment (id, conversation_id, kind, reason, reason_indonesian, note, at)"
                    " VALUES (:id, 8, 'taken', 'Budi took this conversation.', 'Budi mengambil percakapan ini.', '', 1)"
                ),
                many,
            )
        command.upgrade(config, "0008")
        found = rows(engine, "reason_code, reason_params, id")
        assert [id for _, _, id in found if id >= 100] == [one["id"] for one in many]
        assert {(code, params) for code, params, id in found if id >= 100} == {("taken", '{"agent":"Budi"}')}
