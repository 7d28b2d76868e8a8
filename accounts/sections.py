"""The parts of a page that higher apps fill: loaded one by one, so that one that fails takes no other along."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from accounts.access import Request
from accounts.registries import Section, ToDo, ToDos

logger = logging.getLogger(__name__)

FRAME = "partials/section.html"
FAILED = "partials/section_failed.html"


@dataclass(frozen=True)
class LoadedSection:
    """A section with its markup. ``has_failed`` when its place says that it could not be loaded."""

    section: Section
    html: SafeString
    has_failed: bool = False

    @property
    def column(self) -> str:
        """Where on the page it stands: ``main`` or ``side``."""
        return self.section.column


def load_sections(request: Request, registry: Iterable[Section], subject: Any) -> list[LoadedSection]:
    """The sections that this actor may see, in their order, each rendered to its whole card.

    A section's template gets what its ``load`` returned, by name and as ``data``, and ``section``,
    ``subject``, ``organization`` (where the page has one) and the request. What it renders is put in a card
    with the section's title and ``count``, unless it begins with a ``<section>`` of its own. One that fails,
    in its query or its template, is undone to a savepoint, logged, and shown as such.
    """
    return [
        _load(request, section, subject)
        for section in registry
        if section.permission is None or request.actor.has(section.permission)
    ]


def load_to_do(request: Request, registry: Iterable[ToDos], members: Any) -> list[ToDo]:
    """What waits for these members, of every kind, in the order of the registry. A kind that fails is logged."""
    found: list[ToDo] = []
    for kind in registry:
        try:
            with transaction.atomic():
                found.extend(kind.load(request, members))
        except Exception:
            logger.exception("things to do of kind %s could not be loaded", kind.key)
    return found


def _load(request: Request, section: Section, subject: Any) -> LoadedSection:
    organization = getattr(request, "organization", None)
    context: dict[str, Any] = {"section": section, "subject": subject, "organization": organization}
    try:
        with transaction.atomic():
            data = section.load(request, subject)
            html = _render(request, section.template, context | data | {"data": data})
        if html and not html.startswith("<section"):
            html = _render(request, FRAME, context | {"count": data.get("count"), "body": html})
        return LoadedSection(section, html)
    except Exception:
        logger.exception("section %s could not be loaded", section.key)
        return LoadedSection(section, _render(request, FAILED, context), has_failed=True)


def _render(request: Request, template: str, context: dict[str, Any]) -> SafeString:
    return SafeString(render_to_string(template, context, request).strip())
