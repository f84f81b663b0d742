"""The cleanup of a cancelled task runs to its end, on every Python."""

import asyncio

import pytest

from wa_worker.process.closing import finish


async def _expire() -> str:
    """As redis-py does before each command: a time-out that expires at once."""
    try:
        async with asyncio.timeout(0):
            await asyncio.Event().wait()
    except TimeoutError:
        return "timed out"
    return "not timed out"


async def test_a_time_out_in_the_closing_of_a_cancelled_task_is_one() -> None:
    said: list[str] = []

    async def run() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            said.append(await finish(_expire(), 30))

    task = asyncio.create_task(run())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert said == ["timed out"]
    assert task.cancelled()


async def test_a_second_cancellation_waits_for_the_end() -> None:
    ended = asyncio.Event()
    go = asyncio.Event()

    async def work() -> None:
        await go.wait()
        ended.set()

    task = asyncio.create_task(finish(work(), 30))
    await asyncio.sleep(0)
    for _ in range(2):
        task.cancel()
        await asyncio.sleep(0)
    assert not task.done()
    go.set()
    await asyncio.wait({task})
    assert ended.is_set()
    assert task.cancelled()


async def test_it_does_not_wait_for_ever() -> None:
    is_cancelled = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            is_cancelled.set()

    with pytest.raises(TimeoutError):
        await finish(work(), 0.01)
    await is_cancelled.wait()


async def test_its_result_and_its_error_are_handed_on() -> None:
    async def work() -> int:
        raise OSError("no disk")

    assert await finish(asyncio.sleep(0, 7), 30) == 7
    with pytest.raises(OSError, match="no disk"):
        await finish(work(), 30)
