"""Writing down what people sign, and asking for it."""

from datetime import date
from hashlib import sha256

from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.models import Organization
from accounts.permissions import Permission
from accounts.transactions import operation
from waivers.enums import DocumentKind, Frequency
from waivers.errors import NothingToSign, RequirementIncomplete
from waivers.models import Document, DocumentVersion, Requirement


@operation
def add_document(
    *, by: Actor, organization: Organization, title: str, kind: DocumentKind = DocumentKind.WAIVER
) -> Document:
    """A document without a text yet. Needs WAIVERS_EDIT."""
    _needs_editing(by, organization)
    document = Document.objects.create(organization=organization, title=title, kind=kind)
    audit.record(by=by, action="waivers.document_added", target=document, organization=organization)
    return document


@operation
def publish(*, by: Actor, document: Document, text: str) -> DocumentVersion:
    """Freeze ``text`` (Markdown) as the document's newest version; the newest one again is no new one.

    Takes the document's row lock. Needs WAIVERS_EDIT; raises NothingToSign for an empty text.
    """
    _needs_editing(by, document.organization)
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise NothingToSign
    Document.objects.select_for_update(no_key=True).get(pk=document.pk)
    digest = sha256(text.encode()).hexdigest()
    newest = document.versions.order_by("-number").first()
    if newest is not None and newest.published_at is not None and newest.text_hash == digest:
        return newest
    version = DocumentVersion.objects.create(
        organization=document.organization,
        document=document,
        number=newest.number + 1 if newest else 1,
        text=text,
        text_hash=digest,
        published_at=timezone.now(),
    )
    audit.record(
        by=by,
        action="waivers.published",
        target=version,
        organization=document.organization,
        changes={"document": document.pk, "number": version.number, "text_hash": digest},
    )
    return version


@operation
def require(
    *,
    by: Actor,
    document: Document,
    frequency: Frequency = Frequency.YEARLY,
    days: int | None = None,
    season_ends_on: date | None = None,
    is_for_everyone: bool = False,
) -> Requirement:
    """Ask for ``document`` this often; an equal requirement that stands already is that one.

    Needs WAIVERS_EDIT. Raises RequirementIncomplete where the frequency needs ``days`` or ``season_ends_on``.
    """
    _needs_editing(by, document.organization)
    if (frequency is Frequency.DAYS and not days) or (frequency is Frequency.SEASON and not season_ends_on):
        raise RequirementIncomplete
    Document.objects.select_for_update(no_key=True).get(pk=document.pk)
    requirement, is_new = Requirement.objects.get_or_create(
        organization=document.organization,
        document=document,
        frequency=frequency,
        days=days if frequency is Frequency.DAYS else None,
        season_ends_on=season_ends_on if frequency is Frequency.SEASON else None,
        is_for_everyone=is_for_everyone,
        is_active=True,
    )
    if is_new:
        audit.record(
            by=by,
            action="waivers.required",
            target=requirement,
            organization=document.organization,
            changes={"document": document.pk, "frequency": frequency.value, "for_everyone": is_for_everyone},
        )
    return requirement


def _needs_editing(by: Actor, organization: Organization) -> None:
    """Staff edit their own organisation's documents only."""
    by.needs(Permission.WAIVERS_EDIT)
    if by.organization is not None and by.organization != organization:
        raise NotAllowed
