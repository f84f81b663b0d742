"""The media store: files by key, in a local folder or in an S3 bucket.

A key that is no `MediaKey` of the contract is refused. A file is stored whole or not at all.
"""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store
from pydantic import TypeAdapter, ValidationError

from wa_worker.contract.base import MediaKey

_KEYS: Final[TypeAdapter[str]] = TypeAdapter(MediaKey)
_CHUNK: Final = 256 * 1024
#: Bytes that stay free for the database and the browsers' profiles: a full disk harms them more than media.
_KEPT_FREE: Final = 128 * 1024 * 1024
#: ENOSPC, EDQUOT and EFBIG at the end of the store's errors, as in "(os error 28)".
_FULL: Final = re.compile(r"\(os error (?:28|122|27)\)|No space left")


class MediaStoreError(Exception):
    """Base of the store's errors. The message is a sentence for a person."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class MediaMissing(MediaStoreError):
    """There is no file under that key."""


class MediaStoreFull(MediaStoreError):
    """There is no space left for the file."""


class MediaStore:
    """Files by key. Every method raises MediaStoreError, or the subclass that it names."""

    def __init__(self, store: LocalStore | S3Store, folder: Path | None = None, kept_free: int = _KEPT_FREE) -> None:
        self._store = store
        #: Of a local store: the folder whose disk is checked for space before a write.
        self._folder = folder
        self._kept_free = kept_free

    async def put(self, key: str, data: bytes | Path) -> None:
        """Store a file, replacing one with the same key. Raises MediaStoreFull."""
        path = _checked(key)
        size = len(data) if isinstance(data, bytes) else (await asyncio.to_thread(data.stat)).st_size
        await self._check_space(size)
        try:
            await obstore.put_async(self._store, path, data)
        except (BaseError, OSError, ValueError) as error:
            raise _translated(error) from error

    async def read(self, key: str) -> bytes:
        """Return a whole file. Raises MediaMissing."""
        path = _checked(key)
        try:
            found = await obstore.get_async(self._store, path)
            return bytes(await found.bytes_async())
        except (BaseError, OSError, ValueError) as error:
            raise _translated(error) from error

    async def stream(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to, but not including, `end` (None: the file's end). Raises MediaMissing."""
        path = _checked(key)
        if end is not None and end <= start:
            return
        options: Any = {"range": {"offset": start} if end is None else (start, end)}
        try:
            found = await obstore.get_async(self._store, path, options=options)
            async for piece in found.stream(min_chunk_size=_CHUNK):
                yield bytes(piece)
        except (BaseError, OSError, ValueError) as error:
            raise _translated(error) from error

    async def size(self, key: str) -> int:
        """Return a file's size in bytes. Raises MediaMissing."""
        path = _checked(key)
        try:
            return (await obstore.head_async(self._store, path))["size"]
        except (BaseError, OSError, ValueError) as error:
            raise _translated(error) from error

    async def written_at(self, key: str) -> int:
        """Return when a file was last written, in epoch ms. Raises MediaMissing."""
        path = _checked(key)
        try:
            return int((await obstore.head_async(self._store, path))["last_modified"].timestamp() * 1000)
        except (BaseError, OSError, ValueError) as error:
            raise _translated(error) from error

    async def exists(self, key: str) -> bool:
        """Whether there is a file under the key."""
        try:
            await self.size(key)
        except MediaMissing:
            return False
        return True

    async def delete(self, key: str) -> None:
        """Delete a file, if there is one."""
        path = _checked(key)
        try:
            await obstore.delete_async(self._store, path)
        except FileNotFoundError:
            return
        except (BaseError, OSError, ValueError) as error:
            raise _translated(error) from error

    async def _check_space(self, size: int) -> None:
        if self._folder is None:
            return
        free = (await asyncio.to_thread(shutil.disk_usage, self._folder)).free
        if free < size + self._kept_free:
            raise MediaStoreFull("There is no space left for media on the disk.")


def open_store(url: str, data: Path, *, endpoint: str = "", kept_free: int = _KEPT_FREE) -> MediaStore:
    """Open the store of ``ROMS_MEDIA_URL``: empty for ``{data}/media``, or ``s3://bucket/prefix``.

    `endpoint`: the address of an S3 server other than Amazon's. Access keys and region come from the usual ``AWS_*``
    variables. Raises MediaStoreError if the address can't be used. Connects to no server yet.
    """
    if not url:
        folder = data / "media"
        folder.mkdir(parents=True, exist_ok=True)
        return MediaStore(LocalStore(folder), folder, kept_free)
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc:
        raise MediaStoreError("ROMS_MEDIA_URL must be empty or look like s3://bucket/prefix.")
    config: Any = {"endpoint": endpoint, "virtual_hosted_style_request": False} if endpoint else {}
    return MediaStore(
        S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            config=config,
            client_options={"allow_http": endpoint.startswith("http://"), "timeout": "120s", "connect_timeout": "5s"},
            # Its default of ten retries takes three minutes: longer than anybody waits for a picture.
            retry_config={"max_retries": 3},
        )
    )


def _checked(key: str) -> str:
    try:
        return _KEYS.validate_python(key)
    except ValidationError as error:
        raise MediaStoreError("This is not a key of the media store.") from error


def _translated(error: Exception) -> MediaStoreError:
    if isinstance(error, FileNotFoundError):
        return MediaMissing("The file is not in the media store.")
    if _FULL.search(str(error)):
        return MediaStoreFull("There is no space left for media on the disk.")
    return MediaStoreError(f"The media store did not answer: {str(error).splitlines()[0][:200]}")
