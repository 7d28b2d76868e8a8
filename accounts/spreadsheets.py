"""Cells of a CSV that spreadsheets open: none of them is run as a formula."""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
NUMBER = re.compile(r"[+-]?[\d.,\u00a0 ]+([A-Z]{3})?")  # a phone number or an amount is no formula
BOM = "\ufeff"
"""Begins a file, so that every spreadsheet reads it as UTF-8."""


def safe_cell(value: Any) -> str:
    """``value`` as text. What would begin a formula gets an apostrophe before it, which spreadsheets hide."""
    text = "" if value is None else str(value)
    if text.startswith(FORMULA) and not NUMBER.fullmatch(text):
        return f"'{text}"
    return text


class _Echo:
    """A file that gives back what is written."""

    def write(self, text: str) -> str:
        return text


def lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """The lines of a CSV, one at a time, the first with the mark of UTF-8."""
    writer = csv.writer(_Echo())
    start = BOM
    for row in rows:
        yield start + writer.writerow([safe_cell(cell) for cell in row])
        start = ""
