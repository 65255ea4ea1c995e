"""Tables as one XLSX file, the same bytes for the same numbers."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from scoring.publish.tables import Cell, Table

_LONGEST = 32_767  # characters in a cell (Excel specifications and limits)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what XML 1.0 cannot hold
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip file knows
_TIMES = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")
_NOTES = (
    (
        "Rates and scores",
        "A criterion that did not apply, or of which the machine was unsure, is in no rate and score.",
    ),
    ("low95, high95", "Ends of the 95 % interval: Wilson's for rates, Student's t for scores."),
    ("if_unsure_…", "The number if every unsure judgement turned out not met, or met."),
    ("enough", "no: too few calls to judge. Do not compare or pay by such a row."),
)


def as_xlsx(tables: Sequence[Table]) -> bytes:
    """Return the tables as sheets of one workbook, with a sheet that says how to read them."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for table in (*tables, Table("how to read", ("what", "meaning"), _NOTES)):
        _fill(book.create_sheet(table.name.capitalize()), table)
    made = io.BytesIO()
    book.save(made)
    return _timeless(made.getvalue())


def _fill(sheet: Any, table: Table) -> None:
    for row, cells in enumerate((table.header, *table.rows), start=1):
        for column, value in enumerate(cells, start=1):
            _put(sheet.cell(row=row, column=column), value)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    for column, name in enumerate(table.header, start=1):
        longest = max(len(str(cell)) for cell in (name, *(row[column - 1] for row in table.rows[:200])))
        sheet.column_dimensions[sheet.cell(row=1, column=column).column_letter].width = min(48, longest + 3)


def _put(cell: Any, value: Cell) -> None:
    """Write one cell; text is stored as text, so that no formula can be smuggled in."""
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if isinstance(value, str):
        cell.value = _CONTROL.sub("\ufffd", value)[:_LONGEST]
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(("=", "+", "-", "@"))
    elif value is not None:
        cell.value = value


def _timeless(book: bytes) -> bytes:
    """Return the workbook without the times at which it was written."""
    clean = io.BytesIO()
    with ZipFile(io.BytesIO(book)) as old, ZipFile(clean, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _TIMES.sub(rb"\g<1>2000-01-01T00:00:00Z", content)
            entry = ZipInfo(name, _EPOCH)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            new.writestr(entry, content)
    return clean.getvalue()
