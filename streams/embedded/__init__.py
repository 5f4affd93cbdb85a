"""The embedded engine: the core over a SQLite log, for one school or some dozens of them."""
