"""`roms dead` shows dead letters and puts them back on their stream."""

from redis import Redis

from tests.cli.conftest import Roms
from tests.support.servers import RedisServer
from wa_worker.contract import streams


def test_a_dead_letter_is_listed_and_put_back(roms: Roms, killable_redis: RedisServer) -> None:
    with Redis.from_url(killable_redis.url, decode_responses=True) as client:
        entry = streams.dead_entry("wa:7:events", "1-1", {"data": '{"type": "[bold]future[/bold]"}'}, "unknown type", 1)
        client.xadd(streams.dead_stream(7), dict(entry))
        listed = roms("dead", "list", REDIS_URL=killable_redis.url)
        assert "unknown type" in listed.stdout
        assert "[bold]future[/bold]" in listed.stdout
        replayed = roms("dead", "replay", "7", REDIS_URL=killable_redis.url)
        assert "1 put back" in replayed.stdout, replayed.stderr
        assert client.xlen(streams.events_stream(7)) == 1
        assert client.xlen(streams.dead_stream(7)) == 0


def test_without_redis_it_says_so(roms: Roms) -> None:
    answer = roms("dead", "list")
    assert answer.returncode == 1
    assert "Redis does not answer" in answer.stderr
