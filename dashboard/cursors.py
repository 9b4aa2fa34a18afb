"""Cursors: entry ids as values that compare, and the one reading of a cursor that somebody sends us."""

import re
from typing import Final, NamedTuple, Self

_TEXT: Final = re.compile(r"([0-9]{1,20})-([0-9]{1,20})", re.ASCII)
_LIMIT: Final = 2**64  # both halves of an entry id are unsigned 64-bit numbers


class Cursor(NamedTuple):
    """An entry id: the last event that a view includes, or an order's place among the newest."""

    ms: int
    seq: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """ValueError when it is no complete entry id."""
        found = _TEXT.fullmatch(text)
        if found is None:
            raise ValueError("not an entry id")
        ms, seq = int(found[1]), int(found[2])
        if ms >= _LIMIT or seq >= _LIMIT:
            raise ValueError("beyond 64 bits")
        return cls(ms, seq)

    def __str__(self) -> str:
        return f"{self.ms}-{self.seq}"


START: Final = Cursor(0, 0)
