"""Windows, rates and pace, with time passed in."""

import pytest

from dashboard.cursors import Cursor
from dashboard.pace import LONGEST_SECONDS, Pace
from dashboard.protocol import AcknowledgeCursor, ProtocolError
from dashboard.rates import Meter
from dashboard.windows import BYTES_IN_AIR, FRAMES_IN_AIR, INWARD_BURST, InwardLimit, Window

CURSOR = Cursor(1, 0)


def test_a_window_closes_by_number_and_opens_by_acknowledgement() -> None:
    window = Window()
    for at in range(1, FRAMES_IN_AIR + 1):
        assert window.is_open
        window.sent(at, 10, 0.0)
    assert not window.is_open
    window.acknowledge(AcknowledgeCursor(CURSOR, 1))
    assert window.is_open


def test_a_window_closes_by_bytes() -> None:
    window = Window()
    window.sent(1, BYTES_IN_AIR, 0.0)
    assert not window.is_open


def test_acknowledgements_are_cumulative() -> None:
    window = Window()
    for at in range(1, 10):
        window.sent(at, BYTES_IN_AIR // 9 + 1, 0.0)
    window.acknowledge(AcknowledgeCursor(CURSOR, 9))
    assert window.is_open
    assert not window.is_overdue(1e9, 30)


def test_what_was_never_sent_cannot_be_acknowledged() -> None:
    window = Window()
    window.sent(5, 1, 0.0)
    with pytest.raises(ProtocolError, match="not_sent"):
        window.acknowledge(AcknowledgeCursor(CURSOR, 6))


def test_overdue_is_what_was_sent_longest_ago() -> None:
    window = Window()
    window.sent(1, 1, 100.0)
    window.sent(2, 1, 120.0)
    assert not window.is_overdue(130.0, 30)
    assert window.is_overdue(130.1, 30)
    window.acknowledge(AcknowledgeCursor(CURSOR, 1))
    assert not window.is_overdue(130.1, 30)


def test_an_acknowledgement_a_second_is_never_flooding_and_a_flood_is_soon() -> None:
    limit = InwardLimit(0.0)
    assert all(limit.allows(float(second)) for second in range(1, 1_000))
    assert sum(limit.allows(1_000.0) for _ in range(100)) == INWARD_BURST


def test_a_rate_needs_two_readings() -> None:
    meter = Meter()
    assert meter.per_second("n") is None
    meter.add(10.0, {"n": 5})
    assert meter.per_second("n") is None
    meter.add(12.0, {"n": 15})
    assert meter.per_second("n") == 5.0
    assert meter.per_second("unknown") is None


def test_a_rate_is_of_the_last_seconds() -> None:
    meter = Meter()
    for second in range(20):
        meter.add(float(second), {"n": 1_000 if second > 5 else 0})
    assert meter.per_second("n") == 0.0


def test_a_counter_that_went_back_has_no_rate() -> None:
    meter = Meter()
    meter.add(0.0, {"n": 100})
    meter.add(1.0, {"n": 3})
    assert meter.per_second("n") is None


def test_a_gap_begins_anew() -> None:
    meter = Meter()
    meter.add(0.0, {"n": 0})
    meter.add(60.0, {"n": 600})
    assert meter.per_second("n") is None


def test_frames_are_ten_a_second_while_pushing_is_cheap() -> None:
    pace = Pace(10)
    pace.pushed(0.05, 0.1)
    assert pace.interval == pytest.approx(0.1)


def test_frames_come_slower_so_that_pushing_takes_half_a_core() -> None:
    pace = Pace(10)
    pace.pushed(0.2, 0.1)
    assert pace.interval == pytest.approx(0.4)
    pace.pushed(60.0, 0.1)
    assert pace.interval == LONGEST_SECONDS


def test_listening_is_paid_from_the_same_purse() -> None:
    pace = Pace(10)
    for _ in range(300):
        pace.heard()
    pace.pushed(0.1, 0.1)
    assert pace.interval > 0.4


def test_the_pace_recovers_slowly() -> None:
    pace = Pace(10)
    pace.pushed(0.5, 0.1)
    pace.pushed(0.0, 1.0)
    assert pace.interval == pytest.approx(0.8)
    for _ in range(30):
        pace.pushed(0.0, 1.0)
    assert pace.interval == pytest.approx(0.1)
