"""What the proxy remembers between starts: answers by idempotency key, webhooks, deliveries (SQLite)."""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS webhooks (
    id TEXT PRIMARY KEY, url TEXT NOT NULL, secret TEXT NOT NULL, events TEXT);
CREATE TABLE IF NOT EXISTS deliveries (
    event TEXT NOT NULL, webhook TEXT NOT NULL, type TEXT NOT NULL, body BLOB NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL DEFAULT 0, delivered INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (event, webhook));
CREATE TABLE IF NOT EXISTS cursor (one INTEGER PRIMARY KEY CHECK (one = 1), event TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Answer:
    """A stored answer and the fingerprint of the request it was the answer to."""

    fingerprint: str
    status: int
    body: bytes


@dataclass(frozen=True)
class Webhook:
    """An endpoint of ours; ``events`` None means every type."""

    id: str
    url: str
    secret: str
    events: tuple[str, ...] | None


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one webhook."""

    event: str
    webhook: str
    body: bytes
    attempts: int


class Journal:
    """The proxy's own file; one writer, so plain statements do."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def forget_data(self) -> None:
        """Empty everything but the webhooks."""
        self._db.executescript("DELETE FROM answers; DELETE FROM deliveries; DELETE FROM cursor;")

    def answer(self, key: str) -> Answer | None:
        """The stored answer for this idempotency key."""
        row = self._db.execute(
            "SELECT fingerprint, status, body FROM answers WHERE key = ?", (key,)
        ).fetchone()
        return Answer(*row) if row else None

    def keep_answer(self, key: str, answer: Answer) -> None:
        """Store the answer for this idempotency key."""
        self._db.execute(
            "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)",
            (key, answer.fingerprint, answer.status, answer.body),
        )

    def webhooks(self) -> list[Webhook]:
        """The registered endpoints."""
        rows = self._db.execute("SELECT id, url, secret, events FROM webhooks ORDER BY id").fetchall()
        return [
            Webhook(id_, url, secret, tuple(json.loads(events)) if events else None)
            for id_, url, secret, events in rows
        ]

    def keep_webhook(self, webhook: Webhook) -> None:
        """Register an endpoint, or change it."""
        events = json.dumps(webhook.events) if webhook.events is not None else None
        self._db.execute(
            "INSERT OR REPLACE INTO webhooks VALUES (?, ?, ?, ?)",
            (webhook.id, webhook.url, webhook.secret, events),
        )

    def forget_webhook(self, webhook: str) -> None:
        """Unregister an endpoint; what is on its way is dropped."""
        self._db.execute("DELETE FROM webhooks WHERE id = ?", (webhook,))
        self._db.execute("DELETE FROM deliveries WHERE webhook = ?", (webhook,))

    def cursor(self) -> str | None:
        """The last event taken over from localstripe."""
        row = self._db.execute("SELECT event FROM cursor").fetchone()
        return str(row[0]) if row else None

    def take_event(self, event: str, kind: str, body: bytes) -> None:
        """Queue an event for every webhook that wants it, and move the cursor past it."""
        wanted = [hook.id for hook in self.webhooks() if hook.events is None or kind in hook.events]
        self._db.execute("BEGIN")
        self._db.executemany(
            "INSERT OR IGNORE INTO deliveries (event, webhook, type, body) VALUES (?, ?, ?, ?)",
            [(event, webhook, kind, body) for webhook in wanted],
        )
        self._db.execute("INSERT OR REPLACE INTO cursor VALUES (1, ?)", (event,))
        self._db.execute("COMMIT")

    def due(self, now: float) -> list[Delivery]:
        """Undelivered events whose time has come, oldest first."""
        rows = self._db.execute(
            "SELECT event, webhook, body, attempts FROM deliveries "
            "WHERE delivered = 0 AND due <= ? ORDER BY rowid",
            (now,),
        ).fetchall()
        return [Delivery(*row) for row in rows]

    def delivered(self, delivery: Delivery) -> None:
        """The endpoint answered 2xx."""
        self._tried(delivery, due=0, delivered=True)

    def postponed(self, delivery: Delivery, until: float) -> None:
        """The endpoint failed; try again at ``until``."""
        self._tried(delivery, due=until, delivered=False)

    def _tried(self, delivery: Delivery, *, due: float, delivered: bool) -> None:
        self._db.execute(
            "UPDATE deliveries SET attempts = attempts + 1, due = ?, delivered = ? "
            "WHERE event = ? AND webhook = ?",
            (due, int(delivered), delivery.event, delivery.webhook),
        )

    def redeliver(self, event: str | None) -> int:
        """Send an event (or every event) once more; says how many deliveries that is."""
        return self._db.execute(
            "UPDATE deliveries SET delivered = 0, due = 0 WHERE ? IS NULL OR event = ?", (event, event)
        ).rowcount

    def deliveries(self) -> list[dict[str, object]]:
        """Every delivery, for tests and for the curious."""
        rows = self._db.execute(
            "SELECT event, type, webhook, attempts, delivered FROM deliveries ORDER BY rowid"
        ).fetchall()
        names = ("event", "type", "webhook", "attempts", "delivered")
        return [{**dict(zip(names, row, strict=True)), "delivered": bool(row[4])} for row in rows]
