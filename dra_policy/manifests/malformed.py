"""What is wrong with a text that is no YAML or JSON."""

from __future__ import annotations


class MalformedError(Exception):
    """A text that cannot be parsed.

    ``offset`` is where, in code points from the start of the text given to the parser.
    """

    def __init__(self, message: str, offset: int, hint: str | None = None) -> None:
        """Keep what is wrong, where, and what can be done."""
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.hint = hint
