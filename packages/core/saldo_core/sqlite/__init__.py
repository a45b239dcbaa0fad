"""A SQLite backend with one writer lock."""
