"""What goes into Redis comes out the same."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderstream.domain.drafts import draft_from, entry_from
from orderstream.domain.events import Event, EventType, seconds_of
from orderstream.domain.status import OrderStatus
from orderstream.streams import codec

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=64).filter(str.strip)
names = st.from_regex(r"[a-z][a-z_]{0,15}", fullmatch=True).filter(
    lambda name: name not in {"type", "order_id", "version", "from", "to", "at", "actor"}
)
ids = st.tuples(st.integers(0, 2**42), st.integers(0, 2**40)).map(lambda pair: f"{pair[0]}-{pair[1]}")


@given(
    customer=texts,
    product=texts,
    quantity=st.integers(1, 10_000),
    price=st.decimals(Decimal("0.0001"), Decimal(10**9), places=4),
    note=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=500),
)
def test_an_order_written_into_an_entry_reads_as_the_same_order(
    customer: str, product: str, quantity: int, price: Decimal, note: str
) -> None:
    draft = draft_from(
        {
            "customer_id": customer,
            "product_id": product,
            "quantity": quantity,
            "price": price,
            "note": note,
        }
    )
    assert entry_from(draft.wire() | {"status": "pending", "created_at": "1.000"}) == draft


@given(
    event=st.builds(
        Event,
        id=ids,
        type=st.sampled_from(EventType),
        order_id=ids,
        version=st.integers(1, 10**9),
        source=st.sampled_from(["", *OrderStatus]),
        target=st.sampled_from(list(map(str, OrderStatus))),
        at_ms=st.integers(0, 2**42),
        actor=texts,
        fields=st.dictionaries(names, st.text()),
    )
)
def test_an_event_survives_the_stream(event: Event) -> None:
    stored = {
        "type": event.type.value,
        "order_id": event.order_id,
        "version": str(event.version),
        "from": event.source,
        "to": event.target,
        "at": str(event.at_ms),
        "actor": event.actor,
        **event.fields,
    }
    assert codec.event_from(event.id, stored) == event


@given(given=st.lists(ids, min_size=2))
def test_ids_are_ordered_as_the_server_orders_them(given: list[str]) -> None:
    as_numbers = sorted(given, key=lambda entry_id: tuple(map(int, entry_id.split("-"))))
    assert sorted(given, key=codec.id_order) == as_numbers


@given(at_ms=st.integers(0, 2**42))
def test_a_moment_loses_no_millisecond(at_ms: int) -> None:
    assert codec.moment(at_ms) == datetime.fromtimestamp(at_ms // 1000, UTC).replace(
        microsecond=at_ms % 1000 * 1000
    )


def test_an_order_without_a_status_is_pending_and_was_created_when_its_id_says() -> None:
    order = codec.stored_order("1700000000123-0", {"customer_id": "C", "status": "pending"}, {})
    assert (order.status, order.version, order.created_at_ms) == ("pending", 0, 1_700_000_000_123)
    assert order.entry == {"customer_id": "C"}


@given(at_ms=st.integers(1, 2**42), took_ms=st.integers(0, 10**8))
def test_a_status_hash_reads_in_milliseconds(at_ms: int, took_ms: int) -> None:
    status = {
        "status": "completed",
        "version": "3",
        "created_at": seconds_of(at_ms),
        "processed_at": seconds_of(at_ms + took_ms),
        "processing_time": seconds_of(took_ms),
        "deadline": str(at_ms),
        "suspect": "1",
    }
    order = codec.stored_order("5-5", {}, status)
    assert (order.created_at_ms, order.processed_at_ms) == (at_ms, at_ms + took_ms)
    assert (order.processing_time_ms, order.deadline_ms, order.suspect) == (took_ms, at_ms, True)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("1795201324250-0", True),
        ("0-1", True),
        ("18446744073709551615-18446744073709551615", True),
        ("18446744073709551616-0", False),
        ("5-18446744073709551616", False),
        ("007-0", False),
        ("5-00", False),
        ("5", False),
        ("5-5-5", False),
        ("٥-5", False),
        ("5-5\n", False),
        ("-5-5", False),
        ("", False),
    ],
)
def test_an_id_is_one_as_redis_spells_it(text: str, is_one: bool) -> None:
    assert codec.is_order_id(text) is is_one


@given(actor=st.text())
def test_an_actor_fits_into_the_compact_encoding(actor: str) -> None:
    short = codec.short_actor(actor)
    assert len(short.encode()) <= 60
    assert codec.short_actor(short) == short


@pytest.mark.parametrize("letter", ["x", "ü", "漢"])
def test_two_actors_stay_two_however_long_they_are(letter: str) -> None:
    long = "user:" + letter * 150
    short = codec.short_actor(long)
    assert short.startswith("user:" + letter * 12)
    assert len({short, codec.short_actor(long[:-1]), codec.short_actor(long + "y")}) == 3
    whole = "key:" + "x" * 56
    assert codec.short_actor(whole) == whole


def test_flat_replies_and_dicts_both_become_dicts() -> None:
    assert codec.pairs(["a", "1"]) == codec.pairs({"a": "1"}) == {"a": "1"}
    assert codec.pairs(None) == {}
    assert codec.interleaved({"a": 1, "b": 2}) == ["a", 1, "b", 2]
