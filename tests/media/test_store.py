"""One interface, two stores: a folder, and a bucket behind a real S3 API over HTTP."""

import asyncio
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from devtools.waiting import PATIENCE
from wa_worker.media.keys import media_key, picture_key, sha256_of, thumbnail_key
from wa_worker.media.store import MediaMissing, MediaStore, MediaStoreError, MediaStoreFull, open_store

KEY = media_key(7, sha256_of(b"x"), "jpg")


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    """Moto's server: Amazon's API on a port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = (sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port))
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 30
        while not _answers(address):
            assert time.monotonic() < deadline, "moto's server never came up"
            time.sleep(0.05)
        yield address
    finally:
        server.kill()
        server.wait()


def _answers(address: str) -> bool:
    try:
        return httpx.put(f"{address}/files", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MediaStore:
    """Each of both."""
    if request.param == "folder":
        return open_store("", tmp_path)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    return open_store(f"s3://files/{tmp_path.name}", tmp_path, endpoint=request.getfixturevalue("s3_server"))


async def test_what_is_put_comes_back_byte_for_byte(store: MediaStore, tmp_path: Path) -> None:
    data = os.urandom(700_000)
    assert not await store.exists(KEY)
    await store.put(KEY, data)
    assert await store.exists(KEY)
    assert await store.size(KEY) == len(data)
    assert await store.read(KEY) == data
    assert b"".join([piece async for piece in store.stream(KEY)]) == data
    source = tmp_path / "source"
    source.write_bytes(data[::-1])
    await store.put(KEY, source)
    assert await store.read(KEY) == data[::-1]


@pytest.mark.parametrize(("start", "end"), [(0, 1), (3, 9), (5, None), (4, 4), (9, 100)])
async def test_a_part_of_a_file(store: MediaStore, start: int, end: int | None) -> None:
    await store.put(KEY, b"0123456789")
    assert b"".join([piece async for piece in store.stream(KEY, start, end)]) == b"0123456789"[start:end]


async def test_what_is_not_there_is_told(store: MediaStore) -> None:
    with pytest.raises(MediaMissing):
        await store.read(KEY)
    with pytest.raises(MediaMissing):
        await store.size(KEY)
    with pytest.raises(MediaMissing):
        _ = [piece async for piece in store.stream(KEY)]
    await store.put(KEY, b"x")
    await store.delete(KEY)
    await store.delete(KEY)
    assert not await store.exists(KEY)


@pytest.mark.parametrize(
    "key", ["", "7", "/7/x", "7/../../etc/passwd", "7/./x", "7//x", "7/x\n", "7/.hidden", "7\\x/y", "7/" + "x" * 400]
)
async def test_no_key_leads_outside(store: MediaStore, key: str) -> None:
    for attempt in (store.put(key, b"x"), store.read(key), store.size(key), store.delete(key), store.exists(key)):
        with pytest.raises(MediaStoreError, match="not a key"):
            await attempt
    with pytest.raises(MediaStoreError, match="not a key"):
        _ = [piece async for piece in store.stream(key)]


async def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    """The disk refuses in the middle of a file: a limit of this process stands for it."""
    store = open_store("", tmp_path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(MediaStoreFull, match=r"no space left.*\.$"):
            await store.put(KEY, bytes(200_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not await store.exists(KEY)
    await store.put(KEY, bytes(200_000))


async def test_the_last_of_the_disk_is_left_to_the_database(tmp_path: Path) -> None:
    with pytest.raises(MediaStoreFull):
        await open_store("", tmp_path, kept_free=1 << 60).put(KEY, b"x")


async def test_a_server_that_is_away_is_told_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.setenv(name, "test")
    store = open_store("s3://files", tmp_path, endpoint="http://127.0.0.1:9")
    with pytest.raises(MediaStoreError, match="did not answer"):
        await asyncio.wait_for(store.put(KEY, b"x"), PATIENCE)


@pytest.mark.parametrize("url", ["http://files", "s3://", "bucket"])
def test_an_address_that_is_none(url: str, tmp_path: Path) -> None:
    with pytest.raises(MediaStoreError, match="ROMS_MEDIA_URL"):
        open_store(url, tmp_path)


def test_keys_are_made_of_the_content() -> None:
    assert f"7/{sha256_of(b'x')[:2]}/{sha256_of(b'x')}.jpg" == KEY
    assert thumbnail_key(7, sha256_of(b"x")) == KEY.replace(".jpg", ".thumb.webp")
    assert picture_key(7, sha256_of(b"x"), "jpg") == f"7/pictures/{sha256_of(b'x')}.jpg"
