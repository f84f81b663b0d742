"""Downloads files of messages and profile pictures (``bridge/media.js``)."""

import base64
import contextlib
import secrets
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Error

from wa_worker.page.calls import PageCallFailed, PageCalls, PageError, PageUnavailable, first_line

_PIECE_SECONDS = 30
_PICTURE_BYTES = 4 * 1024 * 1024


class DownloadFailed(PageCallFailed):
    """WhatsApp did not give the file. The text is wa-js' word for the reason."""


class FileTooBig(PageCallFailed):
    """The file is larger than the limit."""


@dataclass(frozen=True)
class FileOf:
    """Names the message whose file is meant: by its full key if known, else by the parts of the key."""

    chat: str
    message_id: str
    is_from_me: bool
    key: str | None = None
    #: An earlier download failed: what the page has cached may be broken.
    is_again: bool = False


class MediaCalls(PageCalls):
    """Calls that download."""

    async def download(self, which: FileOf, *, max_bytes: int, seconds: float) -> tuple[bytes, dict[str, Any]]:
        """Return a file's content, and what the page knows about it now (as the `file` of a raw message).

        Raises DownloadFailed, FileTooBig, and what every call raises. Never holds more than `max_bytes`.
        """
        token = secrets.token_hex(8)
        asked = {
            "token": token, "key": which.key, "chat": which.chat, "id": which.message_id, "fromMe": which.is_from_me,
            "isAgain": which.is_again,
        }  # fmt: skip
        answer = await self._call("download", asked, seconds)
        if "error" in answer:
            raise DownloadFailed(str(answer["error"])[:200])
        try:
            if answer["size"] > max_bytes:
                raise FileTooBig(f"{answer['size']} bytes")
            return await self._fetch(token, answer["size"]), answer.get("file") or {}
        finally:
            await self._drop(token)

    async def picture_url(self, chat: str) -> str | None:
        """Return the address of a profile picture; None if there is none that we may see."""
        return await self._call("pictureUrl", chat, 30)

    async def picture(self, url: str) -> bytes:
        """Download a profile picture as the browser would, with its cookies."""
        try:
            answer = await self._page.context.request.get(url, timeout=20_000, max_redirects=3)
            try:
                if not answer.ok:
                    raise PageCallFailed(f"the picture was answered with {answer.status}")
                data = await answer.body()
            finally:
                # Otherwise the driver keeps its content for as long as the browser lives.
                await answer.dispose()
        except Error as error:
            raise PageUnavailable(first_line(error)) from error
        if len(data) > _PICTURE_BYTES:
            raise FileTooBig(f"{len(data)} bytes")
        return data

    async def _fetch(self, token: str, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = await self._call("downloaded", {"token": token, "offset": len(data)}, _PIECE_SECONDS)
            if not piece:
                raise PageUnavailable("the page forgot a file")
            data += base64.b64decode(piece)
        return bytes(data)

    async def _drop(self, token: str) -> None:
        with contextlib.suppress(PageError):
            await self._call("dropDownload", token, 5)
