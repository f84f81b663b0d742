"""The checkpoint on disk never claims more than Redis has."""

from pathlib import Path

from wa_worker.receiving.checkpoint import Checkpoint

CHAT = "200201@lid"


async def test_positions_survive(tmp_path: Path) -> None:
    first = Checkpoint(tmp_path / "c.json")
    first.belong_to("+628120001")
    first.note_published(CHAT, "false_x_2", 20)
    first.note_verified(CHAT, "false_x_1", 10)
    first.note_covered(5)
    await first.save()
    second = Checkpoint(tmp_path / "c.json")
    assert second.verified(CHAT) == ("false_x_1", 10)
    assert second.was_received_before(CHAT, "false_x_2")
    assert second.covered_at == 5
    assert not second.was_published("false_x_2"), "what this process has published is not known to the next one"


async def test_an_older_message_does_not_move_the_newest_back(tmp_path: Path) -> None:
    point = Checkpoint(tmp_path / "c.json")
    point.note_published(CHAT, "new", 20)
    point.note_published(CHAT, "old", 10)
    assert point.was_received_before(CHAT, "new")
    assert point.was_published("old")


async def test_another_number_begins_from_nothing(tmp_path: Path) -> None:
    point = Checkpoint(tmp_path / "c.json")
    point.belong_to("+628120001")
    point.note_verified(CHAT, "x", 10)
    point.belong_to("+628120001")
    assert point.verified(CHAT) is not None
    point.belong_to("+628120002")
    assert point.verified(CHAT) is None


async def test_half_a_file_is_as_good_as_none(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text('{"verified": {"a')
    assert Checkpoint(path).verified(CHAT) is None


async def test_a_full_disk_is_not_fatal(tmp_path: Path) -> None:
    point = Checkpoint(tmp_path / "missing" / "c.json")
    point.note_verified(CHAT, "x", 10)
    await point.save()
    (tmp_path / "missing").mkdir()
    await point.save()
    assert Checkpoint(tmp_path / "missing" / "c.json").verified(CHAT) == ("x", 10)
