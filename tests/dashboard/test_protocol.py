"""Messages of the board's socket: strict inwards, absolute outwards."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.cursors import Cursor
from dashboard.protocol import (
    INWARD_LENGTH,
    AcknowledgeCursor,
    Figures,
    Frame,
    ProtocolError,
    Snapshot,
    encode,
    parse,
)


def test_an_acknowledgement_is_read() -> None:
    text = '{"type":"acknowledge.cursor","cursor":"1795-3","at":1700000000000}'
    assert parse(text) == AcknowledgeCursor(Cursor(1795, 3), 1_700_000_000_000)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "binary"),
        ("", "no_json"),
        ("{", "no_json"),
        ("[" * 200, "no_json"),
        ("[]", "no_object"),
        ("null", "no_object"),
        ("{}", "unknown_type"),
        ('{"type":["acknowledge.cursor"]}', "unknown_type"),
        ('{"type":"subscribe.orders"}', "unknown_type"),
        ('{"type":"acknowledge.cursor","cursor":"1-1"}', "bad_at"),
        ('{"type":"acknowledge.cursor","cursor":"1-1","at":true}', "bad_at"),
        ('{"type":"acknowledge.cursor","cursor":"1-1","at":1e400}', "bad_at"),
        ('{"type":"acknowledge.cursor","at":1}', "bad_cursor"),
        ('{"type":"acknowledge.cursor","cursor":1,"at":1}', "bad_cursor"),
        ('{"type":"acknowledge.cursor","cursor":"1","at":1}', "bad_cursor"),
        ('{"type":"acknowledge.cursor","cursor":"١-١","at":1}', "bad_cursor"),
        ('{"type":"acknowledge.cursor","cursor":"18446744073709551616-0","at":1}', "bad_cursor"),
        (" " * (INWARD_LENGTH + 1), "too_long"),
    ],
)
def test_everything_else_is_refused_by_a_code(text: str | None, code: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        parse(text)
    assert refused.value.code == code


@given(
    st.one_of(st.none(), st.text(max_size=300), st.recursive(st.none() | st.floats() | st.text(), st.lists))
)
def test_no_input_raises_anything_else(given: object) -> None:
    with pytest.raises(ProtocolError):
        parse(given if given is None or isinstance(given, str) else json.dumps(given))


def test_unchanged_parts_of_a_frame_are_absent_and_unknown_figures_null() -> None:
    frame = json.loads(encode(Frame(Cursor(5, 0), 9, ())))
    assert frame == {"type": "frame", "cursor": "5-0", "at": 9, "orders": [], "left_out": 0}
    snapshot = json.loads(encode(Snapshot(Cursor(5, 0), 9, Figures(), (), ())))
    assert snapshot["figures"]["lag"] is None
    assert snapshot["figures"]["totals"] is None
    assert snapshot["figures"]["rates"] == {"placed": None, "completed": None, "failed": None}
