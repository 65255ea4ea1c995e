import io
from zipfile import ZipFile

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from scoring.publish.tables import Cell, Table
from scoring.publish.workbook import as_xlsx

CELLS = st.one_of(st.none(), st.booleans(), st.integers(-(10**9), 10**9), st.text(max_size=20))


def cells_of(content: bytes) -> list[list[object]]:
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


@hypothesis_settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=4))
def test_any_cells_make_a_book_that_opens_without_a_formula(rows: list[tuple[Cell, Cell]]) -> None:
    made = as_xlsx([Table("numbers", ("a", "b"), tuple(rows))])
    assert made == as_xlsx([Table("numbers", ("a", "b"), tuple(rows))])
    sheet = load_workbook(io.BytesIO(made)).worksheets[0]
    for row, cells in zip(rows, sheet.iter_rows(min_row=2, max_row=1 + len(rows), max_col=2), strict=True):
        for value, cell in zip(row, cells, strict=True):
            assert cell.data_type != "f"
            if isinstance(value, int) and not isinstance(value, bool):
                assert cell.value == value


def test_numbers_stay_numbers_and_nothing_stays_empty() -> None:
    made = as_xlsx([Table("n", ("a", "b", "c", "d"), ((1.5, None, True, "2"),))])
    assert cells_of(made)[1] == [1.5, None, "yes", "2"]


def test_text_like_a_formula_is_text_word_for_word() -> None:
    made = as_xlsx([Table("n", ("a",), (("=HYPERLINK(A1)",), ("-5 and rising",)))])
    assert [row[0] for row in cells_of(made)[1:]] == ["=HYPERLINK(A1)", "-5 and rising"]


def test_the_last_sheet_says_how_to_read_the_others() -> None:
    book = load_workbook(io.BytesIO(as_xlsx([Table("n", ("a",), ())])))
    words = " ".join(str(cell.value) for row in book["How to read"].iter_rows() for cell in row)
    for part in ("Wilson", "95", "too few calls", "unsure"):
        assert part in words


def test_nothing_in_the_book_leads_outside_or_runs() -> None:
    with ZipFile(io.BytesIO(as_xlsx([Table("n", ("a",), (("x",),))]))) as book:
        names = book.namelist()
        assert not [name for name in names if "vba" in name.lower() or "external" in name.lower()]
        assert all(".." not in name and not name.startswith("/") for name in names)
