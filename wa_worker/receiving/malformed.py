"""Writes what the page reported and what fits no event to the dead letters."""

import json
from typing import Any, Final

import structlog

from wa_worker.contract.base import now_ms
from wa_worker.contract.streams import DATA_FIELD
from wa_worker.receiving.recent import Recent
from wa_worker.stream.publisher import Publisher

_log: Final = structlog.get_logger(__name__)
_REMEMBERED: Final = 200


class MalformedEvents:
    """One number's raw events that fit no event."""

    def __init__(self, inbox_id: int, publisher: Publisher) -> None:
        self._inbox_id = inbox_id
        self._publisher = publisher
        self._written: Recent[str, None] = Recent(_REMEMBERED)

    def write_dead_letter(self, raw: Any, error: Exception) -> None:
        """Write a dead letter, once: a backfill meets the same raw event again and again."""
        # Escaped: half an emoji is no valid UTF-8, and the Redis client would refuse it.
        data = json.dumps(raw, ensure_ascii=True)
        if data in self._written:
            return
        self._written[data] = None
        what = raw.get("event", "contact") if isinstance(raw, dict) else "none"
        _log.warning("page.event_refused", inbox_id=self._inbox_id, page_event=what, error=type(error).__name__)
        self._publisher.put_dead("page", f"{now_ms()}-0", {DATA_FIELD: data}, str(error))
