"""Where the two halves of the path meet: SQLite, PostgreSQL, or memory."""
