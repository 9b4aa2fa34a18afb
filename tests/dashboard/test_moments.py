"""What a person types to find a place in a stream."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.moments import NoMoment, span_from, zone_named
from orderstream.streams.entries import Span

# 2026-11-24, 14:26:08.412 UTC; in Tokyo it is 23:26.
NOW = datetime(2026, 11, 24, 14, 26, 8, 412_000, UTC)
NOW_MS = round(NOW.timestamp() * 1000)
TOKYO = ZoneInfo("Asia/Tokyo")


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("typed", "until"),
    [
        ("1795152368412-0", "1795152368412-0"),
        (" 1795152368412 ", "1795152368412"),
        ("18446744073709551615-18446744073709551615", "18446744073709551615-18446744073709551615"),
        ("14:26", ms("2026-11-24T14:26:59.999Z")),
        ("9:05", ms("2026-11-24T09:05:59.999Z")),
        ("14:26:08", ms("2026-11-24T14:26:08.999Z")),
        ("14:26:08.4", ms("2026-11-24T14:26:08.499Z")),
        ("14:26:08.412", ms("2026-11-24T14:26:08.412Z")),
        ("14:27", ms("2026-11-24T14:27:59.999Z")),  # a clock a little ahead
        ("14:28", ms("2026-11-23T14:28:59.999Z")),  # yesterday's
        ("2026-11-20", ms("2026-11-20T23:59:59.999Z")),
        ("2026-11-20 10:00", ms("2026-11-20T10:00:59.999Z")),
        ("2026-11-20T10:00:01", ms("2026-11-20T10:00:01.999Z")),
        ("2026-11-20T10:00:01+09:00", ms("2026-11-20T01:00:01.999Z")),
        ("2026-11-20T10:00:01.250Z", ms("2026-11-20T10:00:01.250Z")),
    ],
)
def test_a_point_is_looked_for_up_to_its_end(typed: str, until: str | int) -> None:
    assert span_from(typed, UTC, NOW_MS) == Span(until=str(until))


def test_a_time_is_that_of_the_viewers_zone() -> None:
    assert span_from("23:20", TOKYO, NOW_MS) == Span(until=str(ms("2026-11-24T14:20:59.999Z")))
    assert span_from("23:40", TOKYO, NOW_MS) == Span(until=str(ms("2026-11-23T14:40:59.999Z")))
    assert span_from("2026-11-24", TOKYO, NOW_MS) == Span(until=str(ms("2026-11-24T14:59:59.999Z")))


@pytest.mark.parametrize(
    ("typed", "span"),
    [
        (
            "14:20..14:25",
            Span(since=str(ms("2026-11-24T14:20:00Z")), until=str(ms("2026-11-24T14:25:59.999Z"))),
        ),
        ("14:20..", Span(since=str(ms("2026-11-24T14:20:00Z")))),
        ("..14:20", Span(until=str(ms("2026-11-24T14:20:59.999Z")))),
        ("5-1 .. 7", Span(since="5-1", until="7")),
        ("..", Span()),
    ],
)
def test_a_span_includes_both_its_ends(typed: str, span: Span) -> None:
    assert span_from(typed, UTC, NOW_MS) == span


@pytest.mark.parametrize(
    "typed",
    [
        "yesterday",
        "25:00",
        "24:00",
        "14:60",
        "14:26:60",
        "1-",
        "-1",
        "18446744073709551616",
        "2026-13-01",
        "2026-11-20T10:00:01x",
        "1960-01-01",
        "9999-12-31T23:59:59-23:59",
        "14:20..x",
        "(1-1",
        "+",
        "١٤:٢٦",
        "x" * 5_000,
    ],
)
def test_what_is_no_place_is_refused(typed: str) -> None:
    with pytest.raises(NoMoment):
        span_from(typed, UTC, NOW_MS)


@given(st.text(max_size=40) | st.from_regex(r"[0-9T:.\- ]{1,30}", fullmatch=True))
def test_whatever_is_typed_is_a_span_or_refused(typed: str) -> None:
    try:
        span = span_from(typed, TOKYO, NOW_MS)
    except NoMoment:
        return
    ends = [end for end in (span.since, span.until) if end is not None]
    assert all(int(half) < 2**64 for end in ends for half in end.split("-"))


@pytest.mark.parametrize("name", ["", "Nowhere/At_All", "../etc/passwd", "/etc/localtime", "Asia", "\x00"])
def test_a_zone_that_is_none_is_utc(name: str) -> None:
    assert zone_named(name) is UTC
    assert zone_named("Asia/Tokyo") == TOKYO
