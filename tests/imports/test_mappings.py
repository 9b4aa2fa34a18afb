"""What one row says as an order, and which mappings are refused."""

from decimal import Decimal

import pytest

from orderstream.imports.mappings import BY_NAME, PRESETS, FieldColumns, Refused, RowReader
from orderstream.imports.records import NOT_UTF_8, Position, Record, UnreadableFile

RETAIL = PRESETS["online-retail"]
RETAIL_NAMES = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
NAMES = ("customer_id", "product_id", "quantity", "price")


def record(*cells: str, problem: str | None = None) -> Record:
    return Record(7, cells, Position(8, 100), problem)


def refusal(reader: RowReader, row: Record) -> str:
    with pytest.raises(Refused) as refused:
        reader.draft(row)
    return str(refused.value)


def test_a_line_of_the_retail_file_is_an_order() -> None:
    reader = RowReader.of_header(RETAIL, RETAIL_NAMES)

    draft = reader.draft(record("569901", "85123A", " CUP ", "2", "2011-10-06", "4.15", "12923.0", "France"))

    assert (draft.reference, draft.product_id, draft.note) == ("569901", "85123A", "CUP")
    assert (draft.quantity, draft.price, draft.customer_id) == (2, Decimal("4.15"), "12923")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("12923", "12923"),
        ("12923.00", "12923"),
        ("12923.5", "12923.5"),
        ("A1.0", "A1.0"),
        ("１２.0", "１２.0"),
    ],
)
def test_only_a_whole_number_loses_its_zeros(written: str, meant: str) -> None:
    reader = RowReader.of_header(RETAIL, RETAIL_NAMES)

    assert reader.draft(record("1", "A", "", "2", "", "1", written, "")).customer_id == meant


def test_without_a_preset_an_id_is_left_as_it_is() -> None:
    assert (
        RowReader.of_header(BY_NAME, NAMES).draft(record("12923.0", "A", "2", "1")).customer_id == "12923.0"
    )


def test_a_refusal_names_the_columns_of_the_file() -> None:
    reader = RowReader.of_header(RETAIL, RETAIL_NAMES)

    text = refusal(reader, record("1", "A", "", "-2", "", "0", "", "France"))

    assert [part.split(":")[0] for part in text.split("; ")] == ["CustomerID", "Quantity", "UnitPrice"]


@pytest.mark.parametrize("quantity", ["", "2.0", "ten", "١٢", "1_0", "99999999999999999999", "0x1", "True"])
def test_a_quantity_that_is_no_whole_number_is_refused(quantity: str) -> None:
    assert "quantity" in refusal(RowReader.of_header(BY_NAME, NAMES), record("C", "P", quantity, "1"))


def test_short_and_long_lines_are_refused_whole() -> None:
    reader = RowReader.of_header(BY_NAME, NAMES)

    assert "3 of 4" in refusal(reader, record("C", "P", "2"))
    assert "5 cells" in refusal(reader, record("C", "P", "2", "4", "15"))
    assert reader.draft(record("C", "P", "2", "4", "", " ")).price == 4


def test_a_broken_record_keeps_its_reason() -> None:
    assert refusal(RowReader.of_header(BY_NAME, NAMES), record("C", problem=NOT_UTF_8)) == NOT_UTF_8


def test_a_mapping_is_laid_over_a_preset() -> None:
    changed = RETAIL.with_changes(["reference=Country", "note="])

    assert changed.columns["reference"] == "Country"
    assert "note" not in changed.columns
    assert changed.columns["price"] == "UnitPrice"


@pytest.mark.parametrize("text", ["price", "=X", "prize=UnitPrice", "price=", ""])
def test_a_mapping_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(UnreadableFile, match="--map"):
        BY_NAME.with_changes([text])


def test_missing_and_doubled_columns_are_refused_by_name() -> None:
    with pytest.raises(UnreadableFile, match="price is not there; the file has: customer_id, product_id"):
        RowReader.of_header(BY_NAME, NAMES[:3])
    with pytest.raises(UnreadableFile, match="price is there twice"):
        RowReader.of_header(BY_NAME, (*NAMES, "price"))
    with pytest.raises(UnreadableFile, match="Remark is not there"):
        RowReader.of_header(BY_NAME.with_changes(["note=Remark"]), NAMES)


def test_the_text_of_a_mapping_tells_every_difference() -> None:
    plain = FieldColumns({"price": "A", "note": "B"})

    assert plain.text() == FieldColumns({"note": "B", "price": "A"}).text()
    assert len({plain.text(), plain.with_changes(["note=C"]).text(), BY_NAME.text(), RETAIL.text()}) == 4
    assert FieldColumns({"price": "A"}, frozenset({"price"})).text() != FieldColumns({"price": "A"}).text()


def test_a_mapping_by_hand_does_not_ask_for_optional_columns_that_it_does_not_name() -> None:
    by_hand = BY_NAME.with_changes(["customer_id=Client", "product_id=SKU", "quantity=Qty", "price=Price"])
    reader = RowReader.of_header(by_hand, ("Client", "SKU", "Qty", "Price"))
    assert reader.draft(record("C", "P", "2", "1")).note == ""
