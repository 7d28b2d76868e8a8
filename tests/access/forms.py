"""The forms of a page, found in its markup, so that a walk fills in whatever a page asks for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

TYPED = {"text", "search", "email", "tel", "number", "date"}
ANSWERS = {"tel": "416 555 0177", "date": "1985-02-28", "number": "3"}
"""What is typed where a text would be refused before anything is looked up."""
MOST_OPTIONS = 4


@dataclass
class Form:
    """A form: where it goes, and what stands in it."""

    method: str
    action: str
    fixed: dict[str, str] = field(default_factory=dict)  # hidden ones, and buttons with a name
    typed: dict[str, tuple[str, int]] = field(default_factory=dict)  # by name: its type, and how much fits
    chosen: dict[str, list[str]] = field(default_factory=dict)  # selects, radios and tick-boxes: their values

    def searches(self, texts: list[str]) -> Iterator[dict[str, str]]:
        """Each text in every field that is typed, and each choice once: for a form that finds something."""
        for text in texts if self.typed else []:
            yield self.fixed | self._typed(text)
        for name, values in self.chosen.items():
            for value in values[:MOST_OPTIONS]:
                yield self.fixed | {name: value}

    def filled(self, text: str) -> dict[str, str]:
        """Everything at once: ``text`` wherever one types, and the first of each choice."""
        firsts = {name: values[0] for name, values in self.chosen.items() if values}
        return self.fixed | firsts | self._typed(text)

    def _typed(self, text: str) -> dict[str, str]:
        return {name: ANSWERS.get(kind, text)[:most] for name, (kind, most) in self.typed.items()}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.asked: list[tuple[str, str]] = []  # what htmx asks as one types: (address, name of the field)
        self._open: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attributes}
        name = about.get("name", "")
        if about.get("hx-get") and name:
            self.asked.append((about["hx-get"], name))
        if tag == "form":
            self._open = Form(about.get("method", "get").lower(), about.get("action", ""))
            self.forms.append(self._open)
        elif self._open is None:
            return
        elif tag == "option" and self._select:
            self._open.chosen[self._select].append(about.get("value", ""))
        elif name:
            self._field(self._open, tag, name, about)

    def _field(self, form: Form, tag: str, name: str, about: dict[str, str]) -> None:
        kind = about.get("type", "text")
        if tag == "select":
            self._select = name
            form.chosen[name] = []
        elif tag == "textarea" or (tag == "input" and kind in TYPED):
            form.typed[name] = kind, int(about.get("maxlength", 500))
        elif tag == "input" and kind in ("radio", "checkbox"):
            form.chosen.setdefault(name, []).append(about.get("value", "on"))
        elif tag == "input" and kind == "hidden" and name not in ("csrfmiddlewaretoken", "once"):
            form.fixed[name] = about.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""


def forms_in(html: str) -> tuple[list[Form], list[tuple[str, str]]]:
    """The forms of a page, without logging out, and what it asks for while somebody types."""
    reader = _Reader()
    reader.feed(html)
    return [form for form in reader.forms if not form.action.startswith("/login/")], reader.asked
