"""A raw entry as one line: whole where it fits, cut where it does not, and never misleading."""

import pytest

from dashboard.entry_lines import FIELDS_MOST, VALUE_MOST, WHOLE_MOST, line_of
from orderstream.streams.entries import Entry
from orderstream.streams.inspection import StreamName

ORDERS, EVENTS, METRICS = StreamName


def test_an_event_has_its_type_and_order_in_columns_of_their_own() -> None:
    fields = {"type": "order.started", "order_id": "5-0", "version": "2", "actor": "worker:ann"}
    line = line_of(EVENTS, Entry("1795152368412-3", fields))
    assert (line.at_ms, line.kind, line.order_id) == (1795152368412, "order.started", "5-0")
    assert line.text == line.whole == "version=2 actor=worker:ann"


def test_an_entry_of_the_orders_is_an_order_and_a_sample_is_none() -> None:
    assert line_of(ORDERS, Entry("5-0", {"type": "x"})).order_id == "5-0"
    assert line_of(ORDERS, Entry("5-0", {"type": "x"})).text == "type=x"
    assert line_of(METRICS, Entry("5-0", {"lag": "3"})).order_id is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("tea", "tea"),
        ("森本商店", "森本商店"),
        ("", '""'),
        ("two words", '"two words"'),
        ('say "hi"', r'"say \"hi\""'),
        ("a=b", '"a=b"'),
        ("a\nb", r'"a\nb"'),
        ("\u202egnp", r'"\u202egnp"'),
        ("\x00", r'"\u0000"'),
        ("\udcff", "?"),
        ("<script>", "<script>"),
    ],
)
def test_a_value_cannot_pretend_to_be_more_than_one(value: str, shown: str) -> None:
    assert line_of(ORDERS, Entry("5-0", {"note": value})).text == f"note={shown}"


def test_a_long_value_is_cut_and_whole_in_the_title() -> None:
    line = line_of(ORDERS, Entry("5-0", {"note": "x" * 500}))
    assert line.text == f"note={'x' * (VALUE_MOST - 1)}…"
    assert line.whole == f"note={'x' * 500}"
    endless = line_of(ORDERS, Entry("5-0", {"note": "x" * 10**6}))
    assert len(endless.whole) == WHOLE_MOST


def test_an_entry_of_thousands_of_fields_is_one_line() -> None:
    line = line_of(ORDERS, Entry("5-0", {f"f{n}": "1" for n in range(5_000)}))
    assert line.text.count("=") == FIELDS_MOST
    assert line.text.endswith(" …")


def test_an_event_without_an_order_links_to_none() -> None:
    line = line_of(EVENTS, Entry("5-0", {"a": "b"}))
    assert (line.kind, line.order_id, line.text) == ("", None, "a=b")
    for odd in ("5", "../5-0", "a/b", "\udcff", "99999999999999999999-0"):
        assert line_of(EVENTS, Entry("5-0", {"order_id": odd})).order_id is None
