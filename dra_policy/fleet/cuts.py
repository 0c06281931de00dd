"""Cut the values of one text attribute out of the JSON text of devices, keeping the keys."""

from __future__ import annotations

import re

from dra_policy.model.dialect import Dialect


class Cut:
    """Takes the values of one text attribute out of the JSON text of a device list.

    The quote before the name is no part of a longer text: inside of one it would be escaped.
    """

    __slots__ = ("_compact", "_gap", "_pattern", "name")

    def __init__(self, name: str, dialect: Dialect) -> None:
        self.name = name
        quoted = re.escape(name.encode())
        if dialect.is_kubernetes:
            before = rb'"' + quoted + rb'"\s*:\s*\{\s*"string"\s*:\s*"'
            self._compact: bytes | None = b'"' + name.encode() + b'":{"string":"'
        else:
            before = rb'"name"\s*:\s*"' + quoted + rb'"\s*,\s*"string(?:Value)?"\s*:\s*"'
            self._compact = None
        self._pattern = re.compile(rb"(" + before + rb')([^"\\]*)')
        self._gap = re.compile(rb"\0(" + before + rb")\0")

    def together(self, rest: bytes, values: bytes) -> bytes:
        """The text of which ``apart`` made the two."""
        before = self._compact
        if before is None or b"\0" + before not in rest:
            fillings = iter(values.split(b"\0"))
            return self._gap.sub(lambda gap: gap[1] + next(fillings, b""), rest)
        first, *parts = rest.split(b"\0" + before)
        pieces = [first]
        for value, part in zip(values.split(b"\0"), parts, strict=False):
            pieces += (before, value, b'"', part)
        return b"".join(pieces)

    def apart(self, text: bytes) -> tuple[bytes, bytes | None]:
        """The rest of the text, and the values joined by NUL; None if the attribute does not occur.

        Text in JSON has no NUL, so a rest cannot be equal to one that was cut elsewhere.
        """
        if self._compact is not None:
            # Text without spaces is found several times faster as it stands.
            first, *parts = text.split(self._compact)
            pieces = [part.partition(b'"') for part in parts]
            values = b"\0".join([value for value, _, _ in pieces])
            if parts and b"\\" not in values:
                return (b"\0" + self._compact).join([first, *[rest for _, _, rest in pieces]]), values
        cut = self._pattern.split(text)
        if len(cut) == 1:
            return text, None
        values = b"\0".join(cut[2::3])
        del cut[2::3]
        return b"\0".join(cut), values
