"""Texts as a reader looks for them: without case and accents."""

from unicodedata import combining, normalize


def plain(text: str) -> str:
    """The text without case and accents, to compare and sort by."""
    return "".join(letter for letter in normalize("NFKD", text.casefold()) if not combining(letter))
