"""Names and shape of the Redis Streams and keys that the worker and the app share.

An entry of ``events``, ``commands`` and ``wa:control`` has one field, ``data``: the model as JSON.
An entry of ``dead`` has ``source`` (stream), ``entry_id``, ``data`` (as it came), ``reason`` and ``at`` (epoch ms).
"""

import json
from typing import Final, Literal

from pydantic import BaseModel

DATA_FIELD: Final = "data"
#: Of a replayed dead letter: the id of the entry that it was first.
ENTRY_FIELD: Final = "entry_id"
CONTROL_STREAM: Final = "wa:control"
#: Read, never consumed, by every app process: one entry a committed change.
LIVE_STREAM: Final = "live"
#: The app's consumer group on ``events``, and the worker's on ``commands``.
APP_GROUP: Final = "roms_app"
WORKER_GROUP: Final = "wa_worker"
#: A worker's heartbeat; expires by itself.
HEARTBEAT_PREFIX: Final = "wa:worker:"
HEARTBEAT_SECONDS: Final = 15


def events_stream(inbox_id: int) -> str:
    """Worker → app."""
    return f"wa:{inbox_id}:events"


def commands_stream(inbox_id: int) -> str:
    """App → worker."""
    return f"wa:{inbox_id}:commands"


def dead_stream(inbox_id: int) -> str:
    """What either side could not understand, with the reason."""
    return f"wa:{inbox_id}:dead"


def heartbeat_key(worker_id: str) -> str:
    """Holds a `Heartbeat` as JSON, for `HEARTBEAT_SECONDS`."""
    return f"{HEARTBEAT_PREFIX}{worker_id}"


def lease_key(inbox_id: int) -> str:
    """Which worker holds a number: its fencing token. Expires by itself; who has lost it can't publish or send."""
    return f"wa:{inbox_id}:lease"


def profile_key(inbox_id: int) -> str:
    """Where a paired number's browser profile lies: a hash of ``id`` (of the profile) and ``host``."""
    return f"wa:{inbox_id}:profile"


class Verdict(BaseModel):
    """What the worker's self-check found (`wa_worker.self_check`).

    `part` failed: ``folder`` (the data folder), ``browser`` (Chromium or its driver) or ``media`` (the decoders of
    sound and pictures); "" when all is well. `reason` is one line for an admin.
    """

    part: Literal["", "folder", "browser", "media"] = ""
    reason: str = ""


class Heartbeat(BaseModel):
    """What a worker says of itself every few seconds."""

    worker_id: str
    pid: int
    inbox_ids: list[int]
    #: Epoch ms.
    at: int
    host: str = ""
    #: Of those numbers, the ones that follow groups.
    group_inbox_ids: list[int] = []
    #: Of this worker's start; None while the self-check runs, and of older workers.
    verdict: Verdict | None = None


def entry_of(model: BaseModel) -> dict[str, str]:
    """The fields of a stream entry for one event or command."""
    return {DATA_FIELD: model.model_dump_json(exclude_defaults=False)}


def dead_entry(source: str, entry_id: str, fields: dict[str, str], reason: str, at: int) -> dict[str, str]:
    """The fields of a dead letter. Keeps the whole of what came, also where ``data`` was missing."""
    data = fields.get(DATA_FIELD)
    kept = data if data is not None else json.dumps(fields, ensure_ascii=False)
    first_id = fields.get(ENTRY_FIELD, entry_id)
    return {"source": source, "entry_id": first_id, "data": kept, "reason": reason[:500], "at": str(at)}
