"""What schools say: the events of SEMANTICS.md 1, their types and how they are read."""
