"""The count finds each kind of error, else its zeros would mean nothing. Also tests the plan, slopes and bounds."""

from pathlib import Path

import pytest

from devtools.faults.audit import Stored, audit
from devtools.faults.plan import make_plan
from devtools.soak import keys
from devtools.soak.slopes import BOUNDS, floor_of, slope_per_hour, too_steep
from devtools.system import ROOT

DEWI, RINA = "1@lid", "2@lid"
WRITTEN = {DEWI: ["a", "b", "c"], RINA: ["d"]}


def received(id: int, chat: str, body: str) -> Stored:
    return Stored(id, chat, False, f"in{id}", body, "")


def replied(id: int, chat: str, body: str, status: str = "delivered") -> Stored:
    return Stored(id, chat, True, f"out-{body}", body, status)


def sent(chat: str, body: str, ack: int = 2) -> dict[str, object]:
    return {"id": f"out-{body}", "chat": chat, "body": body, "ack": ack}


INBOUND = [received(1, DEWI, "a"), received(2, DEWI, "b"), received(3, RINA, "d"), received(4, DEWI, "c")]
OUTBOUND = [replied(5, DEWI, "x"), replied(6, DEWI, "y")]
SENT = [sent(DEWI, "x"), sent(DEWI, "y")]


def test_what_is_as_it_should_be_is_clean():
    books = audit(WRITTEN, ["x", "y"], [*INBOUND, *OUTBOUND], SENT, 0)
    assert books.is_clean
    assert (books.inbound.expected, books.inbound.found, books.outbound.expected, books.outbound.found) == (4, 4, 2, 2)


@pytest.mark.parametrize(
    ("stored", "what"),
    [
        pytest.param(INBOUND[1:], (1, 0, 0), id="lost"),
        pytest.param([*INBOUND, received(9, DEWI, "b")], (0, 1, 1), id="doubled"),
        pytest.param([INBOUND[1], INBOUND[0], *INBOUND[2:]], (0, 0, 1), id="out of order"),
        pytest.param([*INBOUND, received(9, DEWI, "nobody wrote this")], (0, 1, 0), id="invented"),
        pytest.param([*INBOUND[:2], received(3, DEWI, "d"), INBOUND[3]], (1, 1, 0), id="in another's chat"),
        pytest.param([*INBOUND[:3], received(4, DEWI, "c…")], (1, 1, 0), id="other words"),
    ],
)
def test_a_fault_of_inbound_messages_is_counted(stored: list[Stored], what: tuple[int, int, int]):
    books = audit(WRITTEN, ["x", "y"], [*stored, *OUTBOUND], SENT, 0)
    assert (books.inbound.lost, books.inbound.doubled, books.inbound.disordered) == what
    assert books.outbound.is_clean
    assert not books.is_clean


@pytest.mark.parametrize(
    ("phone", "what"),
    [
        pytest.param(SENT[:1], (1, 0, 0), id="lost"),
        pytest.param([*SENT, SENT[1]], (0, 1, 0), id="doubled"),
        pytest.param(SENT[::-1], (0, 0, 1), id="out of order"),
    ],
)
def test_a_fault_of_replies_is_counted(phone: list[dict[str, object]], what: tuple[int, int, int]):
    outbound = audit(WRITTEN, ["x", "y"], [*INBOUND, *OUTBOUND], phone, 0).outbound
    assert (outbound.lost, outbound.doubled, outbound.disordered) == what


def test_a_reply_that_the_app_took_and_has_not_is_lost():
    assert audit(WRITTEN, ["x", "y", "z"], [*INBOUND, *OUTBOUND], SENT, 0).outbound.lost == 1


def test_a_tick_on_the_wrong_message_is_counted():
    ours = [replied(5, DEWI, "x", "read"), replied(6, DEWI, "y", "sent")]
    assert audit(WRITTEN, [], [*INBOUND, *ours], SENT, 0).wrong_ticks == 2


def test_a_dead_letter_is_not_clean():
    assert not audit(WRITTEN, [], [*INBOUND, *OUTBOUND], SENT, 1).is_clean


def test_a_seed_is_a_plan():
    sizes = {"messages": 200, "replies": 40, "customers": 10, "rate": 50.0}
    plan = make_plan("worker 1", **sizes)
    assert plan == make_plan("worker 1", **sizes)
    assert plan != make_plan("worker 2", **sizes)
    bodies = [line.body for line in (*plan.inbound, *plan.replies)]
    assert len(set(bodies)) == len(bodies) == 240
    assert 0 < plan.fault_at < plan.seconds == 4


def test_a_slope_is_by_the_hour():
    assert slope_per_hour([0, 10, 20], [100, 101, 102]) == pytest.approx(360)
    assert slope_per_hour([0, 10, 20, 30], [7, 7, 7, 7]) == 0


def test_the_page_bounds_each_key_that_the_code_names():
    bounds = keys.read_bounds(ROOT / "docs" / "streams.md")
    names = (
        "wa:1:events", "wa:12:commands", "wa:0:dead", "wa:control", "live", "wa:1:lease", "wa:1:profile", "wa:1:owner",
        "wa:worker:host-12", "roms:relay",
    )  # fmt: skip
    for name in names:
        assert [bound.key for bound in bounds if bound.pattern.fullmatch(name)], name
    assert not any(bound.pattern.fullmatch("roms:something") for bound in bounds)


def test_a_key_that_breaks_its_bound_is_trouble(redis_server, tmp_path: Path):
    from redis import Redis

    page = tmp_path / "streams.md"
    page.write_text(
        "| `a:{x}` | stream | 2 | never | us |\n| `b` | string | 1 | 5 s | us |\n| `c` | hash | 1 | never |\n"
    )
    with Redis.from_url(redis_server.url, decode_responses=True) as redis:
        redis.flushall()
        for _ in range(3):
            redis.xadd("a:1", {"n": "1"})
        redis.xadd("a:2", {"n": "1"})
        redis.set("b", "1")
        redis.set("c", "1")
        redis.set("d", "1")
        trouble = {key.name: key.trouble for key in keys.look(redis, keys.read_bounds(page))}
        redis.flushall()
    assert trouble == {
        "a:1": "has 3 entries, more than 2",
        "a:2": "",
        "b": "never expires",
        "c": "is a string, not a hash",
        "d": "has no bound in docs/streams.md",
    }


def test_what_grows_above_its_bound_fails_a_soak():
    calm = dict.fromkeys(BOUNDS, 1.0)
    assert too_steep(calm) == []
    assert too_steep({**calm, "worker_mb": 90.0}) == ["worker_mb: 90.0 an hour, more than 11"]
    assert len(too_steep({**calm, "app_own_mb": float("nan")})) == 1, "a soak too short to know shows nothing"


def test_the_floor_of_a_saw_tooth_is_level_and_a_leak_under_it_is_not():
    seconds = [10.0 * n for n in range(120)]
    teeth = [100.0 + n % 12 for n in range(120)]
    assert slope_per_hour(*floor_of(seconds, teeth)) == 0.0
    leaking = [tooth + at / 3600 * 30 for at, tooth in zip(seconds, teeth, strict=True)]
    assert slope_per_hour(*floor_of(seconds, leaking)) == pytest.approx(30.0)
    assert floor_of(seconds[:2], [float("nan"), 5.0]) == ([10.0], [5.0])
