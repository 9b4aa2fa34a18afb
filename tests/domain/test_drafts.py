"""One validation for every way in: what is taken, what is refused, and what the refusal says."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderstream.domain.drafts import InvalidOrder, draft_from, entry_from
from orderstream.domain.orders import OrderDraft

VALID = {"customer_id": "12923", "product_id": "85123A", "quantity": 2, "price": Decimal("4.15")}


def draft(**changes: object) -> OrderDraft:
    return draft_from({**VALID, **changes})


def problem_of(**changes: object) -> tuple[str, str]:
    with pytest.raises(InvalidOrder) as refusal:
        draft(**changes)
    (problem,) = refusal.value.problems
    return problem.field, problem.code


def test_a_valid_order_is_taken_as_it_is() -> None:
    assert draft(note="Happy birthday", reference="569901") == OrderDraft(
        "12923", "85123A", 2, Decimal("4.15"), "Happy birthday", "569901"
    )


def test_the_amount_is_exact() -> None:
    assert draft(quantity=3, price="0.1").amount == Decimal("0.3")


@pytest.mark.parametrize("text", ["森本商店", "Ωμέγα", "عميل-7", "𝔘𝔫𝔦", "o'Brien & Söhne", "a" * 64])
@pytest.mark.parametrize("field", ["customer_id", "product_id"])
def test_an_id_may_be_of_any_script(field: str, text: str) -> None:
    assert getattr(draft(**{field: f"  {text} "}), field) == text


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "missing"),
        ("", "empty"),
        ("   ", "empty"),
        ("a" * 65, "too_long"),
        (7, "type"),
        (True, "type"),
        (["a"], "type"),
        ("a\x00b", "character"),
        ("a\nb", "character"),
        ("a\x85b", "character"),
        ("a\ud800", "character"),
    ],
)
@pytest.mark.parametrize("field", ["customer_id", "product_id"])
def test_an_id_is_refused_with_its_reason(field: str, value: object, code: str) -> None:
    assert problem_of(**{field: value}) == (field, code)


@pytest.mark.parametrize("quantity", [1, 2, 10_000])
def test_a_quantity_within_bounds_is_taken(quantity: int) -> None:
    assert draft(quantity=quantity).quantity == quantity


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "missing"),
        (0, "range"),
        (-1, "range"),
        (10_001, "range"),
        (10**400, "range"),
        (True, "type"),
        ("12", "type"),
        (1.0, "type"),
        (Decimal(1), "type"),
        ([], "type"),
    ],
)
def test_a_quantity_is_refused_with_its_reason(value: object, code: str) -> None:
    assert problem_of(quantity=value) == ("quantity", code)


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (1, "1"),
        ("4.15", "4.15"),
        (" 4.15 ", "4.15"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-4"), "0.0001"),
        ("4.1500", "4.1500"),
        ("4.150000", "4.1500"),
        (10**9, "1000000000"),
        ("1000000000.0", "1000000000.0"),
    ],
)
def test_a_price_is_stored_in_plain_notation(value: object, stored: str) -> None:
    assert draft(price=value).wire()["price"] == stored


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "missing"),
        (0, "range"),
        ("0.0000", "range"),
        (-1, "range"),
        ("-11062.06", "range"),
        ("1000000000.0001", "range"),
        (10**500, "range"),
        (Decimal("1E+999999"), "range"),
        ("0.00001", "places"),
        (Decimal("1E-99999999"), "places"),
        (4.15, "type"),
        (True, "type"),
        ("1e3", "type"),
        ("1_000", "type"),
        ("NaN", "type"),
        (Decimal("NaN"), "type"),
        (Decimal("Infinity"), "type"),
        ("4,15", "type"),
        ("٣", "type"),
        ("", "type"),
        ({}, "type"),
    ],
)
def test_a_price_is_refused_with_its_reason(value: object, code: str) -> None:
    assert problem_of(price=value) == ("price", code)


def test_a_note_may_have_lines_and_500_characters() -> None:
    assert draft(note="one\n\ttwo").note == "one\n\ttwo"
    assert len(draft(note="n" * 500).note) == 500


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("note", "n" * 501, "too_long"),
        ("note", "a\x07", "character"),
        ("note", 1, "type"),
        ("reference", "r" * 65, "too_long"),
        ("reference", "a\nb", "character"),
        ("reference", [], "type"),
    ],
)
def test_note_and_reference_are_refused_with_their_reason(field: str, value: object, code: str) -> None:
    assert problem_of(**{field: value}) == (field, code)


def test_optional_fields_are_stored_only_when_they_say_something() -> None:
    assert set(draft(note="", reference="  ").wire()) == set(VALID)


def test_an_unknown_field_is_refused_by_name() -> None:
    assert problem_of(coupon="X") == ("coupon", "unknown")


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(InvalidOrder) as refusal:
        draft_from({"quantity": "3", "price": "free", "colour": "red"})
    assert {p.field for p in refusal.value.problems} == {
        "customer_id",
        "product_id",
        "quantity",
        "price",
        "colour",
    }
    assert "quantity: Must be a whole number from 1 to 10,000." in str(refusal.value)


def test_a_problem_is_told_in_the_readers_language() -> None:
    with pytest.raises(InvalidOrder) as refusal:
        draft(customer_id="a" * 65)
    templates: dict[str, str] = {"At most %(limit)s characters; it has %(length)s.": "%(length)s > %(limit)s"}
    assert refusal.value.problems[0].text(templates.__getitem__) == "65 > 64"


def test_an_entry_written_by_hand_is_read_by_the_same_rules() -> None:
    fields = {"customer_id": "c", "product_id": "p", "quantity": "3", "price": "4.15", "status": "pending"}
    assert entry_from(fields | {"created_at": "1.000"}) == OrderDraft("c", "p", 3, Decimal("4.15"))


@pytest.mark.parametrize("quantity", ["", "three", "3.0", "٣", "9" * 5000, "0"])
def test_an_entry_with_a_bad_quantity_is_no_order(quantity: str) -> None:
    with pytest.raises(InvalidOrder):
        entry_from({"customer_id": "c", "product_id": "p", "quantity": quantity, "price": "1"})


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*VALID, "note", "reference", "x"]) | st.text(max_size=8), anything))
def test_whatever_comes_is_either_an_order_or_refused_with_reasons(given_fields: dict[str, object]) -> None:
    made, reasons = taken_or_refused(given_fields)
    if made is None:
        assert reasons
        assert all(reasons)
    else:
        # What was taken survives the way through the stream.
        assert entry_from(made.wire()) == made


def taken_or_refused(fields: dict[str, object]) -> tuple[OrderDraft | None, list[str]]:
    try:
        return draft_from(fields), []
    except InvalidOrder as refusal:
        return None, [problem.text() for problem in refusal.problems]


@given(st.decimals(min_value="0.0001", max_value=10**9, places=4))
def test_every_price_survives_the_way_through_the_stream(price: Decimal) -> None:
    assert entry_from(draft(price=price).wire()).price == price
