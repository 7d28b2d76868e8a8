"""The translations, without the gettext tools.

``python -m config.catalogues`` compiles the catalogues; with ``update`` (``make messages``) it first brings
them up to date with what the sources mark. Translators edit ``locale/<language>/LC_MESSAGES/django.po``.
"""

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from config.environment import BASE_DIR

LOCALE = BASE_DIR / "locale"
TEMPLATES = BASE_DIR / "templates"
PACKAGES = (
    "accounts", "clients", "relationships", "messaging", "waivers", "billing", "scheduling", "config", "demo",
)  # fmt: skip
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
# Texts of allauth that its own translation words otherwise than our pages do (an e-mail is un courriel).
ALLAUTHS = (
    "Email address",
    "The email address and/or password you specified are not correct.",
    "A user is already registered with this email address.",
    "This email address is already associated with this account.",
    "The email address is not assigned to any user account.",
    "Confirmation email sent to %(email)s.",
    "You cannot activate two-factor authentication until you have verified your email address.",
)
HEADER = r"""# Kinroll in {name}. `make messages` brings this file up to date with the sources.
msgid ""
msgstr ""
"Language: {language}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: {plurals}\n"

"""


def compile_catalogues(folder: Path = LOCALE) -> list[Path]:
    """Write a ``.mo`` beside every ``.po`` that is newer than its own; answers those written.

    Raises babel's PoFileError for a catalogue that cannot be read.
    """
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        draft = target.with_suffix(".part")
        with draft.open("wb") as file:
            write_mo(file, read_catalogue(source))
        draft.replace(target)
        written.append(target)
    return written


def read_catalogue(source: Path) -> Catalog:
    """A ``.po`` file. Raises babel's PoFileError where it cannot be read."""
    with source.open("rb") as file:
        return read_po(file, locale=source.parent.parent.name, abort_invalid=True)


def marked_messages() -> Catalog:
    """Every text that our modules and templates mark for translation, with the files that do."""
    catalogue = Catalog(fuzzy=False)
    for path, source in _sources():
        place = path.relative_to(BASE_DIR).as_posix()
        for line, texts, comments, context in extract("python", source, KEYWORDS, ["Translators:"]):
            catalogue.add(texts, locations=[(place, line)], auto_comments=comments, context=context)
    for text in ALLAUTHS:
        catalogue.add(text, locations=[("config/catalogues.py", 0)])
    return catalogue


def _sources() -> Iterator[tuple[Path, BytesIO]]:
    for package in PACKAGES:
        for path in sorted((BASE_DIR / package).rglob("*.py")):
            yield path, BytesIO(path.read_bytes())
    for path in sorted(TEMPLATES.rglob("*")):
        if path.suffix in {".html", ".txt"}:
            calls = templatize(path.read_text(), origin=str(path))
            # The calls stand where the tags stood: such an indentation is no Python's.
            yield path, BytesIO(re.sub(r"(?m)^[ \t]+", "", calls).encode())


def untranslated(catalogue: Catalog) -> list[Message]:
    """The messages without a translation, or, for a plural, without all of its forms."""
    return [message for message in catalogue if message.id and not all(forms_of(message))]


def forms_of(message: Message) -> list[str]:
    """A message's translation: one text, or one for each plural form; empty where it has none."""
    text = message.string
    return [text or ""] if text is None or isinstance(text, str) else list(text)


def update_catalogues(folder: Path = LOCALE) -> None:
    """Add what is newly marked, without a translation yet, and drop what is no longer marked."""
    marked = marked_messages()
    for source in sorted(folder.glob("*/LC_MESSAGES/django.po")):
        catalogue = read_catalogue(source)
        catalogue.update(marked, no_fuzzy_matching=True)
        save_catalogue(source, catalogue)
        missing = len(untranslated(catalogue))
        sys.stdout.write(f"{source.relative_to(folder)}: {len(catalogue)} messages, {missing} to translate\n")


def save_catalogue(source: Path, catalogue: Catalog) -> None:
    """Write a ``.po`` file without dates and line numbers, which would change with every update."""
    language = catalogue.locale
    header = HEADER.format(
        language=language,
        name=language.english_name if language else "another language",
        plurals=catalogue.plural_forms,
    )
    body = BytesIO()
    write_po(body, catalogue, width=100, omit_header=True, ignore_obsolete=True, include_lineno=False)
    source.write_bytes(header.encode() + body.getvalue())


if __name__ == "__main__":
    if sys.argv[1:] == ["update"]:
        update_catalogues()
    compile_catalogues()
