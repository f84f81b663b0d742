"""Keeps the phones in one SQLite file. It knows rows, not their meaning.

In WAL mode a commit survives SIGKILL without waiting for the disk and takes some 50 µs, so everything is written before
it is answered. The file is locked while open: a second simulator on the same folder reports that and stops.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    phone TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (phone, kind, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS message (
    phone TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (phone, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS media (hash TEXT PRIMARY KEY, content BLOB NOT NULL);
"""


class StoreError(Exception):
    """The store can't be opened. The text says what to do."""


class Store:
    """Rows of all phones. Values are JSON; keys are the caller's."""

    def __init__(self, folder: Path) -> None:
        """Open or create ``folder/simulator.db``. Raises StoreError if the folder can't be used."""
        path = folder / "simulator.db"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=2)
            self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_SCHEMA)
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise StoreError(f"Another simulator uses {path}. Stop it, or set ROMS_DATA_DIR.") from error
            raise StoreError(f"{path} can't be opened ({error}). Check that the folder is writable.") from error
        except (OSError, sqlite3.DatabaseError) as error:
            raise StoreError(f"{path} can't be used ({error}). Mend or remove it, or set ROMS_DATA_DIR.") from error
        self._depth = 0

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Run the block in one transaction. May be nested."""
        if self._depth == 0:
            self._db.execute("BEGIN")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            if self._depth == 0:
                self._db.execute("ROLLBACK")
            raise
        self._depth -= 1
        if self._depth == 0:
            self._db.execute("COMMIT")

    def phones(self) -> list[str]:
        """Return the keys of all phones that have records."""
        rows = self._db.execute("SELECT DISTINCT phone FROM record ORDER BY phone")
        return [row[0] for row in rows]

    def put(self, phone: str, kind: str, key: str, body: dict[str, Any]) -> None:
        """Store a record, replacing one of the same kind and key."""
        self._db.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)", (phone, kind, key, _dumps(body)))

    def records(self, phone: str, kind: str) -> list[dict[str, Any]]:
        """Return all records of a kind."""
        rows = self._db.execute("SELECT body FROM record WHERE phone = ? AND kind = ?", (phone, kind))
        return [json.loads(row[0]) for row in rows]

    def put_message(self, phone: str, seq: int, body: dict[str, Any]) -> None:
        """Store a message, replacing the one with the same `seq`."""
        self._db.execute("INSERT OR REPLACE INTO message VALUES (?, ?, ?)", (phone, seq, _dumps(body)))

    def messages(self, phone: str) -> list[dict[str, Any]]:
        """Return all messages in the order in which they came."""
        rows = self._db.execute("SELECT body FROM message WHERE phone = ? ORDER BY seq", (phone,))
        return [json.loads(row[0]) for row in rows]

    def forget(self, phone: str) -> None:
        """Delete all records and messages of a phone."""
        with self.batch():
            self._db.execute("DELETE FROM record WHERE phone = ?", (phone,))
            self._db.execute("DELETE FROM message WHERE phone = ?", (phone,))

    def put_media(self, content_hash: str, content: bytes) -> None:
        """Store a file under its hash."""
        self._db.execute("INSERT OR IGNORE INTO media VALUES (?, ?)", (content_hash, content))

    def media(self, content_hash: str) -> bytes | None:
        """Return a file, or None if there is none."""
        row = self._db.execute("SELECT content FROM media WHERE hash = ?", (content_hash,)).fetchone()
        return row[0] if row else None

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _dumps(body: dict[str, Any]) -> str:
    # A lone surrogate can't be stored as UTF-8; ASCII JSON carries it through unchanged.
    return json.dumps(body, separators=(",", ":"))
