"""Asks Redis and gives its replies as redis-cli prints them, under the line that one would type there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from redis.exceptions import ResponseError

from orderstream.streams.lane import Lane

# Anybody can write megabytes into an entry; a page shows this much of each value and so many values.
BYTES_MOST: Final = 1_000
ELEMENTS_MOST: Final = 200

_PLAIN: Final = re.compile(r"[!#-&(-\[\]-~]+", re.ASCII)
_ESCAPES: Final = {b: "\\" + sign for b, sign in zip(b'\\"\n\r\t\a\b', '\\"nrtab', strict=True)}


@dataclass(frozen=True, slots=True)
class Said:
    """A command line that can be typed into redis-cli, and what the server says to it."""

    command: str
    reply: str


async def ask(lane: Lane, commands: Sequence[Sequence[str | int]]) -> list[Said]:
    """In one round trip. What the server refuses is its reply."""
    # The name as bytes: by its text redis-py knows how to make a dict or a date of the reply.
    named = [(str(words[0]).encode(), *words[1:]) for words in commands]
    replies = await lane.commands(named, errors_in_place=True)
    return [Said(typed(*words), printed(reply)) for words, reply in zip(commands, replies, strict=True)]


def typed(*words: str | int) -> str:
    """As a line for redis-cli, with quotes where a word needs them."""
    return " ".join(_argument(str(word)) for word in words)


def printed(reply: Any, indent: str = "") -> str:
    """As `redis-cli` prints a RESP2 reply on a terminal."""
    match reply:
        case None:
            return "(nil)"
        case ResponseError():
            return f"(error) {reply}"
        case int():
            return f"(integer) {reply}"
        case []:
            return "(empty array)"
        case list():
            return _elements(reply, indent)
    return _value(str(reply))


def _elements(reply: Sequence[Any], indent: str) -> str:
    """Each behind its number; the lines of a list within a list stand under its first one."""
    width = len(str(len(reply)))
    below = indent + " " * (width + 2)
    lines = [
        f"{indent if number > 1 else ''}{number:>{width}}) {printed(element, below)}"
        for number, element in enumerate(reply[:ELEMENTS_MOST], 1)
    ]
    if len(reply) > ELEMENTS_MOST:
        lines.append(f"{indent}… {len(reply) - ELEMENTS_MOST:,} more")
    return "\n".join(lines)


def _value(text: str) -> str:
    raw = text.encode("utf-8", "surrogateescape")
    cut = len(raw) - BYTES_MOST
    return _quoted(raw[:BYTES_MOST]) + (f" … {cut:,} more bytes" if cut > 0 else "")


def _quoted(raw: bytes) -> str:
    """redis-cli escapes whatever is no printable ASCII, also letters of other scripts."""
    return '"' + "".join(_ESCAPES.get(b) or (chr(b) if 32 <= b < 127 else f"\\x{b:02x}") for b in raw) + '"'


def _argument(word: str) -> str:
    return word if _PLAIN.fullmatch(word) else _quoted(word.encode("utf-8", "surrogateescape"))
