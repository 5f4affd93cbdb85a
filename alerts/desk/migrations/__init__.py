"""How the desk's tables came to be what they are: one revision a step, by Alembic."""
