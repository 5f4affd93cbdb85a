"""Foreign text on a page."""

from markupsafe import Markup


def isolated(text: str) -> Markup:
    """Escape a text, and keep its direction from what stands around it."""
    return Markup("<bdi>{}</bdi>").format(text)
