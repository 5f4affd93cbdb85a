"""The words of messages, in each language."""

from functools import partial

from alerts.desk.catalogues import translations

words = partial(translations, "alerts.desk.messages", "catalogues/{}.po")
"""Give what a language says."""
