"""Writes orders.csv: 2,000 made-up order lines in the columns of "Online Retail", with every kind of dirt.

`python examples/make_orders.py` gives the same bytes each time. ACCEPTED and REFUSED are the counts that an
import with `--preset online-retail` must report; tests hold it to them.
"""

import random
from collections.abc import Iterator
from pathlib import Path

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
LINES = 2_000
NOTES = ["RED MUG", "OAK SHELF", "PAPER LANTERN", "TIN ROBOT", "WOOL BLANKET", "GLASS BOWL", "DESK LAMP"]
SCRIPTS = ["茶碗 二個", "Чайник синий", "كوب أحمر", "लाल कप", "빨간 컵", "Κόκκινη κούπα", "🎁 GIFT SET"]
Row = dict[str, str]

# Kind of line: how many, and what it changes in a clean one. A str is a raw end instead of changed cells.
ACCEPTED_DIRT: dict[str, tuple[int, Row]] = {
    "id as pandas writes it": (400, {"CustomerID": "{customer}.0"}),
    "blanks around cells": (40, {"StockCode": "  {stock} ", "CustomerID": " {customer}"}),
    "another script": (60, {"Description": "{script}"}),
    "customer in another script": (10, {"CustomerID": "顧客-{customer}"}),
    "comma in a quoted cell": (30, {"Description": '"{note}, LARGE"'}),
    "quotation marks": (20, {"Description": '"THE ""{note}"""'}),
    "inch sign inside a cell": (10, {"Description": '{note} 5" WIDE'}),
    "line break in a note": (12, {"Description": '"{note}\nFRAGILE"'}),
    "empty note": (20, {"Description": ""}),
    "no reference": (10, {"InvoiceNo": ""}),
    "note of exactly 500": (2, {"Description": "x" * 500}),
    "price with zeros behind": (10, {"UnitPrice": "4.15000"}),
    "smallest price": (2, {"UnitPrice": "0.0001"}),
    "plus sign": (3, {"Quantity": "+6"}),
    "empty cells behind": (8, {"Country": "France,,"}),
    "Windows line end": (40, {"Country": "Germany\r"}),
}
REFUSED_DIRT: dict[str, tuple[int, Row]] = {
    "no customer": (180, {"CustomerID": ""}),
    "blank customer": (5, {"CustomerID": "   "}),
    "returned goods": (60, {"Quantity": "-{quantity}"}),
    "quantity 0": (15, {"Quantity": "0"}),
    "too many": (4, {"Quantity": "10001"}),
    "half a piece": (4, {"Quantity": "2.5"}),
    "quantity in words": (3, {"Quantity": "ten"}),
    "quantity in other digits": (2, {"Quantity": "١٢"}),
    "price 0": (25, {"UnitPrice": "0.0"}),
    "negative price": (3, {"UnitPrice": "-11062.06"}),
    "five decimals": (10, {"UnitPrice": "0.12345"}),
    "decimal comma": (15, {"UnitPrice": '"4,15"'}),
    "decimal comma that makes two cells": (5, {"UnitPrice": "4,15"}),
    "no number": (3, {"UnitPrice": "FREE"}),
    "not a number": (2, {"UnitPrice": "NaN"}),
    "price with a currency": (3, {"UnitPrice": "£4.15"}),
    "note too long": (6, {"Description": "{note} " * 100}),
    "customer too long": (4, {"CustomerID": "9" * 65}),
    "product too long": (2, {"StockCode": "A" * 65}),
    "no product": (5, {"StockCode": ""}),
    "control character in an id": (5, {"StockCode": "22\x0785A"}),
    "null in a note": (4, {"Description": "{note}\x00"}),
    "line break in an id": (2, {"CustomerID": '"{customer}\n1"'}),
    "short": (8, {"UnitPrice": "\n"}),
    "too many cells": (8, {"Country": "Norway,surplus"}),
    "not UTF-8": (6, {"Description": "CAF\udce9 SET"}),
    "quotation mark never closed": (3, {"Description": '"5 INCH {note}'}),
    "text after the quotation mark": (3, {"Description": '"{note}" WIDE'}),
}
DUPLICATES = 30  # accepted: a file may well order the same thing twice
BLANK_LINES = 5  # passed over, counted nowhere
REFUSED = sum(count for count, _ in REFUSED_DIRT.values())
ACCEPTED = LINES - REFUSED


def line(chance: random.Random, changes: Row) -> str:
    customer, stock = (
        chance.randrange(12_000, 19_000),
        f"{chance.randrange(10_000, 90_000)}{chance.choice(['', 'A', 'B'])}",
    )
    note, quantity = chance.choice(NOTES), chance.randrange(1, 49)
    row = {
        "InvoiceNo": str(chance.randrange(536_000, 582_000)),
        "StockCode": stock,
        "Description": note,
        "Quantity": str(quantity),
        "InvoiceDate": f"2011-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02} 10:30:00",
        "UnitPrice": f"{chance.randrange(1, 2_000) / 100:.2f}",
        "CustomerID": str(customer),
        "Country": "United Kingdom",
    }
    words = {
        "customer": customer,
        "stock": stock,
        "note": note,
        "quantity": quantity,
        "script": chance.choice(SCRIPTS),
    }
    row |= {name: text.format(**words) for name, text in changes.items()}
    # A cell that is only a line end cuts the line short there.
    return ",".join(row.values()).split(",\n")[0] + "\n"


def lines() -> Iterator[str]:
    chance = random.Random(2026)  # noqa: S311 made-up orders, no secret
    kinds = [
        changes
        for dirt in (ACCEPTED_DIRT, REFUSED_DIRT)
        for count, changes in dirt.values()
        for _ in range(count)
    ]
    kinds += [{}] * (LINES - DUPLICATES - len(kinds))
    chance.shuffle(kinds)
    made = [line(chance, changes) for changes in kinds]
    clean = [text for text, changes in zip(made, kinds, strict=True) if not changes]
    made += chance.sample(clean, DUPLICATES)
    for place in sorted(chance.sample(range(len(made)), BLANK_LINES), reverse=True):
        made.insert(place, "\n")
    yield HEADER + "\n"
    yield from made


def content() -> bytes:
    """With a byte order mark, as spreadsheets write it."""
    return ("\ufeff" + "".join(lines())).encode("utf-8", "surrogateescape")


if __name__ == "__main__":
    Path(__file__).with_name("orders.csv").write_bytes(content())
