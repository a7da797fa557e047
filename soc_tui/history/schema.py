"""The tables of the history file, and how an older file gets them."""

from __future__ import annotations

import sqlite3

from soc_tui.model.errors import HistoryError

# One entry per version; PRAGMA user_version counts the entries a file has. Never edit an entry
# that was released: append one.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE hunts (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            created TEXT NOT NULL,
            request TEXT NOT NULL,
            workspace TEXT NOT NULL,
            analyst TEXT NOT NULL,
            status TEXT NOT NULL,
            kql TEXT NOT NULL,
            row_count INTEGER,
            finding_count INTEGER NOT NULL,
            model TEXT,
            tokens_in INTEGER,
            tokens_out INTEGER,
            price_usd TEXT,
            elapsed_seconds REAL NOT NULL,
            problem TEXT NOT NULL,
            body TEXT NOT NULL
        )""",
        "CREATE INDEX hunts_by_time ON hunts (created DESC, id DESC)",
        """CREATE TABLE findings (
            hunt_id TEXT NOT NULL REFERENCES hunts (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            id TEXT NOT NULL,
            title TEXT NOT NULL,
            severity TEXT NOT NULL,
            confidence TEXT NOT NULL,
            mitre TEXT NOT NULL,
            grounded INTEGER NOT NULL,
            state TEXT NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (hunt_id, position)
        )""",
        # Beside the findings, because those are written anew with each save of their hunt.
        """CREATE TABLE triage (
            hunt_id TEXT NOT NULL REFERENCES hunts (id) ON DELETE CASCADE,
            finding_id TEXT NOT NULL,
            title TEXT NOT NULL,
            state TEXT,
            notes TEXT,
            PRIMARY KEY (hunt_id, finding_id, title)
        )""",
        "CREATE VIRTUAL TABLE hunt_words USING fts5 (request, kql, findings)",
    ),
    ("ALTER TABLE hunts ADD COLUMN versions TEXT NOT NULL DEFAULT ''",),
    ("ALTER TABLE hunts ADD COLUMN parent TEXT NOT NULL DEFAULT ''",),
)


def migrate(con: sqlite3.Connection) -> None:
    """Bring the file to the newest version, in one transaction.

    Raises:
        HistoryError: the file belongs to a newer soc_tui, or is another program's database.
        sqlite3.Error: from the file itself.
    """
    if _version(con) == len(MIGRATIONS):
        return
    con.execute("BEGIN IMMEDIATE")
    try:
        version = _version(con)  # another process may have been faster
        _check(con, version)
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                con.execute(statement)
        con.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        con.execute("COMMIT")
    except BaseException:
        if con.in_transaction:
            con.execute("ROLLBACK")
        raise


def _version(con: sqlite3.Connection) -> int:
    return int(con.execute("PRAGMA user_version").fetchone()[0])


def _check(con: sqlite3.Connection, version: int) -> None:
    if version > len(MIGRATIONS):
        raise HistoryError(
            "The history cannot be opened.",
            f"It was written by a newer soc-tui (version {version} of the file, "
            f"this one knows {len(MIGRATIONS)}).",
            "Update soc-tui, or set SOC_TUI_HOME to another folder.",
        )
    if version == 0 and con.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise HistoryError(
            "The history cannot be opened.",
            "The file is the database of another program.",
            "Move it away; a new history is made then.",
        )
