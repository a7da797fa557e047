"""The history file's schema and migrations (see sqlite_file)."""

from soc_tui.history.digests import guarded

RUNNING = "status IN ('planning', 'querying', 'hunting')"
"""SQL that holds of hunts that a step is at, in the words of the index on them."""

HUNT_COLUMNS = (
    "id", "created", "request", "workspace", "analyst", "status", "kql", "row_count",
    "finding_count", "model", "tokens_in", "tokens_out", "price_usd", "elapsed_seconds", "problem",
    "body", "versions", "parent", "playbook", "session",
)  # fmt: skip
FINDING_COLUMNS = (
    "hunt_id", "id", "title", "severity", "confidence", "mitre", "grounded", "state", "body"
)  # fmt: skip
TRIAGE_COLUMNS = ("hunt_id", "finding_id", "title", "state", "notes")
QUERY_COLUMNS = ("kql", "run", "hunt_id")
_GUARDED = {
    "hunts": HUNT_COLUMNS,
    "findings": FINDING_COLUMNS,
    "triage": TRIAGE_COLUMNS,
    "queries": QUERY_COLUMNS,
}
TABLES: dict[str, tuple[str, ...]] = {
    **_GUARDED,
    **dict.fromkeys(("cases", "case_steps", "hunt_words", "finding_words"), ()),
}
"""What a history holds, in the order in which it is carried over from a damaged file."""

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
        # Beside the findings, because those are rewritten with each save of their hunt.
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
    (
        # Beside the hunts, because a hunt keeps only the last query that was run for it.
        """CREATE TABLE queries (
            kql TEXT PRIMARY KEY,
            run TEXT NOT NULL,
            hunt_id TEXT NOT NULL REFERENCES hunts (id) ON DELETE CASCADE
        )""",
        """INSERT INTO queries
            SELECT kql, max(created), id FROM hunts WHERE row_count IS NOT NULL GROUP BY kql""",
    ),
    ("ALTER TABLE hunts ADD COLUMN playbook TEXT NOT NULL DEFAULT ''",),
    (
        # Which run of the program is at it; empty when none is.
        "ALTER TABLE hunts ADD COLUMN session TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX hunts_running ON hunts (session) "
        "WHERE status IN ('planning', 'querying', 'hunting')",
    ),
    (
        # A finding is a row of its own, with its words in an index of its own, so that one that
        # arrives is one row more. The column `findings` of hunt_words holds words of hunts that
        # were recorded before, until they are saved again.
        """CREATE TABLE numbered_findings (
            number INTEGER PRIMARY KEY,
            hunt_id TEXT NOT NULL REFERENCES hunts (id) ON DELETE CASCADE,
            id TEXT NOT NULL,
            title TEXT NOT NULL,
            severity TEXT NOT NULL,
            confidence TEXT NOT NULL,
            mitre TEXT NOT NULL,
            grounded INTEGER NOT NULL,
            state TEXT NOT NULL,
            body TEXT NOT NULL
        )""",
        """INSERT INTO numbered_findings
            (hunt_id, id, title, severity, confidence, mitre, grounded, state, body)
            SELECT hunt_id, id, title, severity, confidence, mitre, grounded, state, body
            FROM findings ORDER BY hunt_id, position""",
        "DROP TABLE findings",
        "ALTER TABLE numbered_findings RENAME TO findings",
        "CREATE INDEX findings_by_hunt ON findings (hunt_id, id)",
        "CREATE VIRTUAL TABLE finding_words USING fts5 (words)",
        """CREATE TRIGGER finding_gone AFTER DELETE ON findings BEGIN
            DELETE FROM finding_words WHERE rowid = old.number;
        END""",
    ),
    tuple(
        statement for table, columns in _GUARDED.items() for statement in guarded(table, columns)
    ),
    # Between the steps of a command too a run of the program is at its hunt.
    ("CREATE INDEX hunts_open ON hunts (session) WHERE session != ''",),
    (
        # A step is a row of its own, so that one that ends is one row more.
        """CREATE TABLE cases (
            id TEXT PRIMARY KEY,
            created TEXT NOT NULL,
            title TEXT NOT NULL,
            state TEXT NOT NULL,
            session TEXT NOT NULL,
            body TEXT NOT NULL
        )""",
        "CREATE INDEX cases_by_time ON cases (created DESC, id DESC)",
        """CREATE TABLE case_steps (
            case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
            id TEXT NOT NULL,
            position INTEGER NOT NULL,
            hunt_id TEXT NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (case_id, id)
        )""",
    ),
)
