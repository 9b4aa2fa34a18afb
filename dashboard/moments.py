"""What a person types to find a place in a stream: an entry's id, a time, or a span between two."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from orderstream.streams.entries import Span

_ID: Final = re.compile(r"[0-9]{1,20}(-[0-9]{1,20})?", re.ASCII)
_TIME: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})(:([0-9]{2})(\.([0-9]{1,3}))?)?", re.ASCII)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_LARGEST: Final = 2**64 - 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
# A clock a little ahead of ours means now, not yesterday.
_SLACK: Final = timedelta(minutes=1)
LENGTH_MAX: Final = 100


class NoMoment(ValueError):  # noqa: N818 names the finding
    """What was typed is neither an id nor a time."""


@dataclass(frozen=True, slots=True)
class _Point:
    """The first and the last id that is meant: 14:26 is a whole minute."""

    first: str
    last: str


def zone_named(name: str) -> tzinfo:
    """The viewer's zone as the browser names it; UTC for what is none."""
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError):  # unknown, a path, or a folder of zones
        return UTC


def span_from(text: str, zone: tzinfo, now_ms: int) -> Span:
    """One point: the entries up to its end. Two with .. between: those from the one to the other."""
    if len(text) > LENGTH_MAX:
        raise NoMoment(text[:LENGTH_MAX])
    first, between, second = text.partition("..")
    if not between:
        return Span(until=_point(first, zone, now_ms).last)
    since = _point(first, zone, now_ms).first if first.strip() else None
    until = _point(second, zone, now_ms).last if second.strip() else None
    return Span(since=since, until=until)


def is_id(text: str) -> bool:
    """An id or the milliseconds in front of it, small enough for Redis."""
    return _ID.fullmatch(text) is not None and all(int(half) <= _LARGEST for half in text.split("-"))


def is_entry_id(text: str) -> bool:
    """A whole id, as an entry has it."""
    return "-" in text and is_id(text)


def _point(text: str, zone: tzinfo, now_ms: int) -> _Point:
    text = text.strip()
    if is_id(text):
        return _Point(text, text)
    try:
        first, length = _moment(text, zone, _EPOCH + now_ms * _MS)
        first_ms = (first.astimezone(UTC) - _EPOCH) // _MS
    except (ValueError, OverflowError):
        raise NoMoment(text) from None
    if first_ms < 0:
        raise NoMoment(text)
    return _Point(str(first_ms), str(first_ms + length // _MS - 1))


def _moment(text: str, zone: tzinfo, now: datetime) -> tuple[datetime, timedelta]:
    """When it begins and how long it is; ValueError when it is no time."""
    if _TIME.fullmatch(text):
        return _time_of_day(text, zone, now)
    if _DATE.fullmatch(text):
        return datetime.fromisoformat(text).replace(tzinfo=zone), timedelta(days=1)
    date, _, time = text.replace("T", " ", 1).partition(" ")
    if _DATE.fullmatch(date) and _TIME.fullmatch(time):
        day = datetime.fromisoformat(date).replace(tzinfo=zone)
        return day + _since_midnight(time), _length(time)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment, timedelta(milliseconds=1) if moment.microsecond else timedelta(seconds=1)


def _time_of_day(text: str, zone: tzinfo, now: datetime) -> tuple[datetime, timedelta]:
    """The last time that the clock showed it."""
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    moment = midnight + _since_midnight(text)
    if moment > now + _SLACK:
        moment -= timedelta(days=1)
    return moment, _length(text)


def _since_midnight(text: str) -> timedelta:
    hours, minutes, seconds, fraction = _parts(text)
    ms = int((fraction or "0").ljust(3, "0"))
    since = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0), milliseconds=ms)
    if int(minutes) > 59 or int(seconds or 0) > 59 or since >= timedelta(days=1):
        raise ValueError(text)
    return since


def _length(text: str) -> timedelta:
    _, _, seconds, fraction = _parts(text)
    if fraction is not None:
        return timedelta(milliseconds=1000 // 10 ** len(fraction))
    return timedelta(minutes=1) if seconds is None else timedelta(seconds=1)


def _parts(text: str) -> tuple[str, str, str | None, str | None]:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return found[1], found[2], found[4], found[6]
