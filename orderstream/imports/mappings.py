"""Which column of a file is which field of an order, by preset or by hand; what one row says as an order."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from orderstream.domain.drafts import FIELDS, InvalidOrder, draft_from
from orderstream.domain.orders import OrderDraft
from orderstream.imports.records import Record, UnreadableFile

_OPTIONAL: Final = frozenset({"note", "reference"})
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,9}", re.ASCII)
# What a spreadsheet or pandas makes of an id when one cell of the column was empty: 12923.0
_WHOLE: Final = re.compile(r"([0-9]+)\.0+", re.ASCII)
SHORT: Final = gettext_noop("The line has %(cells)s of %(columns)s cells.")
LONG: Final = gettext_noop("The line has %(cells)s cells, but there are only %(columns)s columns.")


class Refused(Exception):  # noqa: N818 a verdict on the line, not a fault of the program
    """This line is no order; the message says why, naming the file's columns."""


@dataclass(frozen=True, slots=True)
class FieldColumns:
    """The column of each field by its name, and the fields whose ids may read 12923.0 for 12923."""

    columns: Mapping[str, str]
    whole: frozenset[str] = frozenset()

    def with_changes(self, changes: Iterable[str]) -> Self:
        """This mapping with FIELD=COLUMN texts laid over it; an empty column leaves an optional field out."""
        columns = dict(self.columns)
        for change in changes:
            name, equals, column = (part.strip() for part in change.partition("="))
            if not equals or name not in FIELDS:
                raise UnreadableFile(
                    _("--map %(text)s is not FIELD=COLUMN; fields are %(fields)s.")
                    % {"text": change, "fields": ", ".join(FIELDS)}
                )
            if not column and name not in _OPTIONAL:
                raise UnreadableFile(_("--map %(field)s needs a column.") % {"field": name})
            columns[name] = column
        return type(self)({name: column for name, column in columns.items() if column}, self.whole)

    def text(self) -> str:
        """The same text for the same meaning; stored, to notice an import going on with another mapping."""
        marks = ((name, column, "~" if name in self.whole else "") for name, column in self.columns.items())
        return " ".join(sorted(f"{name}={column}{mark}" for name, column, mark in marks))


# Without a mapping the columns bear the fields' own names; the optional ones need not be there.
BY_NAME: Final = FieldColumns(MappingProxyType({name: name for name in FIELDS}))
PRESETS: Final[Mapping[str, FieldColumns]] = MappingProxyType(
    {
        # "Online Retail", Daqing Chen, UCI Machine Learning Repository 2015, doi 10.24432/C5BW33
        "online-retail": FieldColumns(
            MappingProxyType(
                {
                    "customer_id": "CustomerID",
                    "product_id": "StockCode",
                    "quantity": "Quantity",
                    "price": "UnitPrice",
                    "note": "Description",
                    "reference": "InvoiceNo",
                }
            ),
            whole=frozenset({"customer_id"}),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class RowReader:
    """Rows of one file as order drafts."""

    mapping: FieldColumns
    width: int
    places: Mapping[str, int] = field(repr=False)

    @classmethod
    def of_header(cls, mapping: FieldColumns, names: Sequence[str]) -> Self:
        """UnreadableFile when a mapped column is missing or there twice."""
        wanted = {
            name: column
            for name, column in mapping.columns.items()
            # Under its own name an optional field is expected only if the file has it.
            if name not in _OPTIONAL or column != name or column in names
        }
        for column in wanted.values():
            if (found := names.count(column)) != 1:
                reason = _("is there twice") if found else _("is not there")
                raise UnreadableFile(
                    _("The column %(column)s %(reason)s; the file has: %(names)s. Use --map FIELD=COLUMN.")
                    % {"column": column, "reason": reason, "names": ", ".join(names)[:500]}
                )
        return cls(mapping, len(names), {name: names.index(column) for name, column in wanted.items()})

    def draft(self, record: Record) -> OrderDraft:
        """The order in this record; Refused when it is none."""
        if record.problem:
            raise Refused(_(record.problem))
        self._check_width(record.cells)
        given = {name: self._value(name, record.cells[place]) for name, place in self.places.items()}
        try:
            return draft_from({name: value for name, value in given.items() if value is not None})
        except InvalidOrder as error:
            columns = self.mapping.columns
            raise Refused(
                "; ".join(f"{columns.get(p.field, p.field)}: {p.text(_)}" for p in error.problems)
            ) from error

    def _check_width(self, cells: Sequence[str]) -> None:
        # A short or shifted line is refused whole: its cells may stand in the wrong columns.
        counts = {"cells": len(cells), "columns": self.width}
        if len(cells) < self.width:
            raise Refused(_(SHORT) % counts)
        if any(cell.strip() for cell in cells[self.width :]):
            raise Refused(_(LONG) % counts)

    def _value(self, name: str, cell: str) -> object:
        """A cell is always text: what it stands for is decided here, whether that is right by the domain."""
        text = cell.strip()
        if name == "quantity" and _INTEGER.fullmatch(text):
            return int(text)
        if name in self.mapping.whole and (whole := _WHOLE.fullmatch(text)):
            return whole[1]
        return text or None
