"""Names and formats of the Redis Streams and keys that the worker and the app share.

An entry of ``events``, ``commands`` and ``wa:control`` has one field, ``data``: the model as JSON.
An entry of ``dead`` has ``source`` (stream), ``entry_id``, ``data`` (as received), ``reason`` and ``at`` (epoch ms).
"""

import json
from typing import Final, Literal

from pydantic import BaseModel

DATA_FIELD: Final = "data"
#: In a replayed dead letter: the id of the original entry.
ENTRY_FIELD: Final = "entry_id"
CONTROL_STREAM: Final = "wa:control"
#: One entry for each committed change. Every app process reads it; nobody acknowledges.
LIVE_STREAM: Final = "live"
#: The app's consumer group on ``events``, and the worker's on ``commands``.
APP_GROUP: Final = "roms_app"
WORKER_GROUP: Final = "wa_worker"
#: Begins the key of each worker's heartbeat, which expires.
HEARTBEAT_PREFIX: Final = "wa:worker:"
HEARTBEAT_SECONDS: Final = 15


def events_stream(inbox_id: int) -> str:
    """Return the stream of a number's events, from the worker to the app."""
    return f"wa:{inbox_id}:events"


def commands_stream(inbox_id: int) -> str:
    """Return the stream of a number's commands, from the app to the worker."""
    return f"wa:{inbox_id}:commands"


def dead_stream(inbox_id: int) -> str:
    """Return the stream of a number's dead letters: entries that either side could not process, with the reason."""
    return f"wa:{inbox_id}:dead"


def heartbeat_key(worker_id: str) -> str:
    """Return the key of a worker's `Heartbeat` (JSON), which expires after `HEARTBEAT_SECONDS`."""
    return f"{HEARTBEAT_PREFIX}{worker_id}"


def lease_key(inbox_id: int) -> str:
    """Return the key of a number's fencing token, which expires. A worker that lost it can't publish or send."""
    return f"wa:{inbox_id}:lease"


def profile_key(inbox_id: int) -> str:
    """Return the key of a paired number's profile location: a hash of ``id`` (of the profile) and ``host``."""
    return f"wa:{inbox_id}:profile"


class Verdict(BaseModel):
    """The result of the worker's self-check (`wa_worker.self_check`).

    `part`: what failed: ``folder`` (the data folder), ``browser`` (Chromium or its driver) or ``media`` (the decoders
    of audio and images); "" if nothing did. `reason`: one line for an admin.
    """

    part: Literal["", "folder", "browser", "media"] = ""
    reason: str = ""


class Heartbeat(BaseModel):
    """What a worker publishes about itself every few seconds."""

    worker_id: str
    pid: int
    inbox_ids: list[int]
    #: Epoch ms.
    at: int
    host: str = ""
    #: Those of its numbers that follow groups.
    group_inbox_ids: list[int] = []
    #: The self-check at this worker's start; None while it runs, and from older workers.
    verdict: Verdict | None = None


def entry_of(model: BaseModel) -> dict[str, str]:
    """Return the fields of a stream entry for an event or command."""
    return {DATA_FIELD: model.model_dump_json(exclude_defaults=False)}


def dead_entry(source: str, entry_id: str, fields: dict[str, str], reason: str, at: int) -> dict[str, str]:
    """Return the fields of a dead letter. It keeps the whole entry, even one without ``data``."""
    data = fields.get(DATA_FIELD)
    kept = data if data is not None else json.dumps(fields, ensure_ascii=False)
    first_id = fields.get(ENTRY_FIELD, entry_id)
    return {"source": source, "entry_id": first_id, "data": kept, "reason": reason[:500], "at": str(at)}
