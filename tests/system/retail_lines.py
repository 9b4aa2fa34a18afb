"""Reads a file of the "Online Retail" columns without any of our code: the orders that must come of it."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

Line = tuple[str, str, str, int, Decimal, str]
"""Reference, product, customer, quantity, price, note."""

QUANTITY = re.compile(r"\+?[0-9]{1,5}", re.ASCII)
PRICE = re.compile(r"[0-9]+(\.[0-9]{1,4}0*)?", re.ASCII)


def ordered_lines(path: Path) -> Counter[Line]:
    """How often each order stands in the file; lines that are no order are left out."""
    text = path.read_bytes().decode("utf-8-sig", "surrogateescape")
    header, *rows = _rows([f"{line}\n" for line in text.split("\n")])
    lines = (_line(dict(zip(header, row, strict=False))) for row in rows if _is_whole(row, len(header)))
    return Counter(line for line in lines if line)


def stored_line(entry: dict[str, str]) -> Line:
    """What an entry of the stream says, in the same terms."""
    return (
        entry.get("reference", ""),
        entry["product_id"],
        entry["customer_id"],
        int(entry["quantity"]),
        Decimal(entry["price"]),
        entry.get("note", ""),
    )


def _rows(lines: Sequence[str]) -> Iterator[list[str]]:
    """A cell holds one line break at most; a line that is no CSV alone or with the next one is left out."""
    pairs = zip(lines, [*lines[1:], ""], strict=True)
    is_taken = False
    for line, following in pairs:
        if is_taken or not line.strip():
            is_taken = False
        elif row := _row(line):
            yield row
        elif row := _row(line + following):
            yield row
            is_taken = True


def _row(text: str) -> list[str]:
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error:
        return []


def _is_whole(row: list[str], width: int) -> bool:
    return len(row) >= width and not any(cell.strip() for cell in row[width:])


def _line(row: dict[str, str]) -> Line | None:
    cells = {name: cell.strip() for name, cell in row.items()}
    customer = re.sub(r"^([0-9]+)\.0+$", r"\1", cells["CustomerID"])
    reference, product, note = cells["InvoiceNo"], cells["StockCode"], cells["Description"]
    quantity, price = cells["Quantity"], cells["UnitPrice"]
    if not (QUANTITY.fullmatch(quantity) and 1 <= int(quantity) <= 10_000):
        return None
    if not (PRICE.fullmatch(price) and Decimal(price) > 0):
        return None
    if not all(1 <= len(text) <= 64 and text.isprintable() for text in (customer, product)):
        return None
    # Not printable is also what was no UTF-8, in whichever cell.
    if len(note) > 500 or not all(cell.replace("\n", "").isprintable() for cell in cells.values()):
        return None
    return reference, product, customer, int(quantity), Decimal(price), note
