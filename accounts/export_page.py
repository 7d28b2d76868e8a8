"""The page of an export that people read: one HTML file with its style in it, made to be printed."""

import shutil
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from babel.dates import format_date, format_datetime
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.exporting import Column, ExportPart, Row, Scope
from accounts.money import Money

STYLE = Path(__file__).with_name("export_page.css")
IN_MEMORY = 512 * 1024


class ExportPage:
    """Writes the sections to ``body`` as rows go by; ``finish`` puts the page together.

    A section's rows wait in a file of their own until it is known how many there are.
    """

    def __init__(self, scope: Scope, body: IO[str]) -> None:
        self.scope, self.body = scope, body
        self.locale = (get_language() or "en").replace("-", "_")
        self.contents: list[tuple[str, str, int]] = []
        self.part: ExportPart
        self.rows: IO[str]
        self.count = 0

    def begin(self, part: ExportPart) -> None:
        """A section begins."""
        self.part, self.count = part, 0
        self.rows = SpooledTemporaryFile(IN_MEMORY, "w+", encoding="utf-8")  # noqa: SIM115 - closed by end()

    def row(self, row: Row) -> None:
        """One row of the section."""
        self.count += 1
        self.rows.write(self._sheet(row) if self.part.is_sheet else self._line(row))

    def end(self) -> None:
        """The section's head, then its rows."""
        part = self.part
        self.contents.append((part.key, str(part.title), self.count))
        self.body.write(
            format_html(
                '<section id="{}"><h2>{} <small>{}</small></h2><p>{}</p>',
                part.key, part.title, self.count, part.about,
            )
        )  # fmt: skip
        if not self.count:
            self.body.write(format_html('<p class="none">{}</p>', _("Nothing is held.")))
        elif part.is_sheet:
            self._copy()
        else:
            heads = format_html_join("", '<th scope="col">{}</th>', ((each.title,) for each in part.columns))
            self.body.write(f"<table><thead><tr>{heads}</tr></thead><tbody>\n")
            self._copy()
            self.body.write("</tbody></table>")
        self.body.write("</section>\n")
        self.rows.close()

    def finish(self, out: IO[str], left_out: Iterable[Any]) -> None:
        """Head, contents, sections, and what is not in it."""
        out.write(self._head())
        self.body.flush()
        self.body.seek(0)
        shutil.copyfileobj(self.body, out)
        texts = format_html_join("", "<li>{}</li>", ((each,) for each in left_out))
        out.write(
            format_html(
                '<section id="left-out"><h2>{}</h2><ul>{}</ul></section>\n</main></body></html>\n',
                _("What is not in this copy"), texts,
            )
        )  # fmt: skip

    def _copy(self) -> None:
        self.rows.seek(0)
        shutil.copyfileobj(self.rows, self.body)

    def _head(self) -> str:
        about = ", ".join(sorted(self.scope.name_of(pk) for pk in self.scope.whole))
        made = _("Made on %(day)s for %(name)s, by what is held and what they may see.") % {
            "day": self._shown(timezone.now(), None),
            "name": self.scope.name_of(self.scope.reader.pk),
        }
        items = format_html_join("", '<li><a href="#{}">{}</a> <small>{}</small></li>', self.contents)
        parts = ngettext("%(n)s part", "%(n)s parts", len(self.contents)) % {"n": len(self.contents)}
        return format_html(
            '<!doctype html>\n<html lang="{}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<meta name="robots" content="noindex"><title>{}</title><{}>{}</{}></head>\n<body><main>'
            '<h1>{}</h1><p dir="auto">{}</p><p>{}</p><p>{}</p><nav aria-label="{}"><ul>{}</ul></nav>\n',
            get_language() or "en", _("Everything held about you"),
            "style", SafeString(STYLE.read_text()), "style",
            _("Everything held about you"), about, made,
            _("The same is in data.json and, part by part, in the folder csv. Pictures are in the folder photos."),
            parts, items,
        )  # fmt: skip

    def _line(self, row: Row) -> str:
        cells = format_html_join(
            "", '<td dir="auto">{}</td>', ((self._cell(row, each),) for each in self.part.columns)
        )
        return f"<tr>{cells}</tr>\n"

    def _sheet(self, row: Row) -> str:
        shown = [
            (each.title, self._cell(row, each)) for each in self.part.columns if _says(row.get(each.key))
        ]
        pairs = format_html_join("", '<div><dt>{}</dt><dd dir="auto">{}</dd></div>', shown)
        return f"<dl>{pairs}</dl>\n"

    def _cell(self, row: Row, column: Column) -> Any:
        text = self._shown(row.get(column.key), column)
        return format_html('<pre dir="auto">{}</pre>', text) if column.is_long and text else text

    def _shown(self, value: Any, column: Column | None) -> str:
        """A value as people read it: codes in words, days and amounts as the language writes them."""
        if column is not None and column.choices is not None and not isinstance(value, list | tuple):
            return str(column.choices.get(value, "" if value is None else value))
        match value:
            case None:
                return ""
            case bool():
                return _("Yes") if value else _("No")
            case Money():
                return value.format(self.locale)
            case datetime():
                local = timezone.localtime(value) if timezone.is_naive(value) else value
                return (
                    f"{format_datetime(local, 'medium', tzinfo=local.tzinfo, locale=self.locale)} {local:%Z}"
                )
            case date():
                return str(format_date(value, "long", locale=self.locale))
            case list() | tuple():
                return ", ".join(self._shown(each, column) for each in value)
        return str(value)


def _says(value: Any) -> bool:
    """Whether a row of a sheet is worth a line."""
    return value not in (None, "", [], ())
