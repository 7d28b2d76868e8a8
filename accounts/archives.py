"""Writing an export: one ZIP with a page to read, JSON and CSVs for machines, and the files themselves.

Everything streams: a part's rows go by one at a time, into files without a name, which a killed process
leaves no trace of.
"""

import json
import shutil
import zipfile
from collections.abc import Callable, Iterable
from datetime import date, datetime
from io import TextIOWrapper
from tempfile import TemporaryFile
from typing import IO, Any

from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.functional import Promise

from accounts import spreadsheets
from accounts.export_page import ExportPage
from accounts.exporting import ExportPart, Scope, export_left_out, is_stored
from accounts.money import Money, minor_digits

type Progress = Callable[[int, int], None]

PAGE, JSON = "index.html", "data.json"


def steps_of(parts: Iterable[ExportPart]) -> int:
    """How many steps ``write`` takes: each part, then the files."""
    return len(list(parts)) + 1


def write(scope: Scope, out: IO[bytes], parts: Iterable[ExportPart], progress: Progress) -> None:
    """Write the archive of ``scope`` to ``out``; ``progress(done, total)`` is told after each step."""
    parts = list(parts)
    total = steps_of(parts)
    left_out = [each.text for each in export_left_out]
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive,
        TemporaryFile("w+", encoding="utf-8") as data,
        TemporaryFile("w+", encoding="utf-8") as body,
    ):
        page = ExportPage(scope, body)
        data.write(_opening(scope))
        for done, part in enumerate(parts, start=1):
            data.write(",\n" if done > 1 else "\n")
            _write_part(scope, part, archive, data, page)
            progress(done, total)
        data.write(_closing(left_out))
        data.flush()
        _add(archive, JSON, data.buffer)
        with archive.open(_entry(PAGE), "w", force_zip64=True) as raw, TextIOWrapper(raw, "utf-8") as text:
            page.finish(text, left_out)
        for part in parts:
            _add_files(scope, part, archive)
        progress(total, total)


def _write_part(
    scope: Scope, part: ExportPart, archive: zipfile.ZipFile, data: IO[str], page: ExportPage
) -> None:
    """One part, row by row, in all three forms at once."""
    keys = [column.key for column in part.columns]
    data.write(f"    {json.dumps(part.key)}: [")
    page.begin(part)
    with (
        archive.open(_entry(f"csv/{part.key}.csv"), "w", force_zip64=True) as raw,
        TextIOWrapper(raw, "utf-8", newline="") as table,
    ):
        cells = ([cell(row.get(key)) for key in keys] for row in _each(scope, part, data, page))
        for line in spreadsheets.lines(_headed(keys, cells)):
            table.write(line)
    page.end()
    data.write("]")


def _each(scope: Scope, part: ExportPart, data: IO[str], page: ExportPage) -> Iterable[Any]:
    """The rows as they come, each written to the page and to the JSON on its way."""
    start = "\n"
    for row in part.rows(scope):
        named = {column.key: plain(row.get(column.key)) for column in part.columns}
        data.write(f"{start}      {json.dumps(named, ensure_ascii=False)}")
        start = ",\n"
        page.row(row)
        yield row


def _headed(keys: list[str], rows: Iterable[list[str]]) -> Iterable[list[str]]:
    yield keys
    yield from rows


def plain(value: Any) -> Any:
    """A value as JSON."""
    match value:
        case None | bool() | int():
            return value
        case Money():
            return {"amount": amount(value), "currency": value.currency}
        case datetime() | date():
            return value.isoformat()
        case list() | tuple():
            return [plain(each) for each in value]
        case dict():
            return {str(key): plain(each) for key, each in value.items()}
        case str() | Promise():
            return str(value)
    raise TypeError(f"an export holds no {type(value).__name__}")


def cell(value: Any) -> str:
    """A value as a cell of a CSV."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Money():
            return f"{amount(value)} {value.currency}"
        case list() | tuple():
            return "; ".join(cell(each) for each in value)
        case datetime() | date():
            return value.isoformat()
    return str(plain(value))


def amount(money: Money) -> str:
    """42.00: in whole units, as machines read it."""
    digits = minor_digits(money.currency)
    sign, number = ("-" if money.minor < 0 else ""), abs(money.minor)
    return f"{sign}{number // 10**digits}.{number % 10**digits:0{digits}}" if digits else f"{sign}{number}"


def _opening(scope: Scope) -> str:
    about = {
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "made_for": scope.name_of(scope.reader.pk),
        "account": scope.account.code,
        "about": sorted(scope.name_of(pk) for pk in scope.whole),
    }
    lines = json.dumps(about, ensure_ascii=False, indent=2).removesuffix("\n}")
    return f'{lines},\n  "parts": {{'


def _closing(left_out: Iterable[Any]) -> str:
    texts = json.dumps([str(text) for text in left_out], ensure_ascii=False, indent=4)
    return f'\n  }},\n  "left_out": {texts}\n}}\n'


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, timezone.now().timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _add(archive: zipfile.ZipFile, name: str, source: Any) -> None:
    source.seek(0)
    with archive.open(_entry(name), "w", force_zip64=True) as target:
        shutil.copyfileobj(source, target)


def _add_files(scope: Scope, part: ExportPart, archive: zipfile.ZipFile) -> None:
    for each in part.files(scope) if part.files else ():
        if is_stored(each.stored):
            with default_storage.open(each.stored) as source:
                _add(archive, each.name, source)
