"""F12: what leaves as CSV is calculated by nobody's spreadsheet."""

import pytest

from common.spreadsheets import cell, csv_lines


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "-1e5"])
def test_what_a_spreadsheet_would_calculate_is_text(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-169.00", "0", "100.50", "pi_1:captured", "a=b", "RO1", ""])
def test_numbers_and_other_text_stay_as_they_are(text: str) -> None:
    assert cell(text) == text


def test_nothing_is_an_empty_cell() -> None:
    assert cell(None) == ""


def test_lines_are_made_as_they_are_asked_for_and_quoted_where_needed() -> None:
    lines = csv_lines(row for row in [("a", 'say "hi"'), ("x,y", -5), ("=1,2", None)])
    assert next(lines) == 'a,"say ""hi"""\r\n'
    assert list(lines) == ['"x,y",-5\r\n', '"\'=1,2",\r\n']
