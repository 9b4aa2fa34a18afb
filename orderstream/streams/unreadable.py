"""Says once of each thing in Redis that is not ours to read; readers leave it out and go on."""

from typing import Final

import structlog

from orderstream.streams.codec import Unreadable

log = structlog.get_logger(__name__)

_SAID_MAX: Final = 1_000  # a flood of garbage must not fill the memory; beyond it a few are said again
_said: Final[set[str]] = set()


def say_once(which: str, error: Unreadable) -> None:
    if which in _said:
        return
    if len(_said) >= _SAID_MAX:
        _said.clear()
    _said.add(which)
    log.error("unreadable in redis; left out", why=str(error))
