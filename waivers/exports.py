"""What waivers puts into an export: who signed what, and the exact texts."""

from collections.abc import Iterator, Mapping

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.exporting import (
    Column,
    ExportPart,
    Holding,
    Row,
    Scope,
    columns,
    counted,
    either,
    export_parts,
    privacy_holdings,
    stream,
)
from accounts.exports import ORGANIZATION, PERSON
from waivers.enums import Capacity, DocumentKind
from waivers.models import DocumentVersion, Signature


def signatures(scope: Scope) -> Iterator[Row]:
    """Given by these people or for them. What another guardian typed, and where from, is theirs."""
    rows = signatures_of(scope).select_related("organization", "version__document", "client")
    for each in stream(rows.order_by("signed_at", "pk")):
        own = each.signer_id == scope.reader.pk and scope.holds_reader
        yield {
            "person": scope.person(each.client.member_id),
            "organization": each.organization.name,
            "document": each.version.document.title,
            "version": each.version.number,
            "signed_by": scope.name_of(each.signer_id),
            "capacity": each.capacity,
            "typed_name": each.typed_name if each.signer_id in scope.names else "",
            "signed_at": each.signed_at,
            "until": each.expires_at,
            "ip": each.ip if own else "",
            "device": each.user_agent if own else "",
        }


def texts(scope: Scope) -> Iterator[Row]:
    """Each text that was signed, word for word."""
    signed = DocumentVersion.objects.filter(signatures__in=signatures_of(scope)).distinct()
    for each in stream(signed.select_related("document__organization").order_by("document_id", "number")):
        yield {
            "organization": each.document.organization.name,
            "document": each.document.title,
            "kind": each.document.kind,
            "version": each.number,
            "published_at": each.published_at,
            "text": each.text,
            "sha256": each.text_hash,
        }


def signatures_of(scope: Scope) -> QuerySet[Signature]:
    """Signatures about these people, and those they gave for others."""
    rows = either(Signature, Q(client__member__in=scope.whole), Q(signer__in=scope.whole))
    if scope.barred:
        rows = rows.exclude(Q(client__member__in=scope.barred) | Q(signer__in=scope.barred))
    return rows


def count_signatures(scope: Scope) -> Mapping[int | None, int]:
    """Signatures by organisation. One query."""
    return counted(signatures_of(scope).order_by().values_list("organization").annotate(n=Count("pk")))


def _in_words(n: int) -> str:
    return ngettext("%(n)s signature", "%(n)s signatures", n) % {"n": n}


def register() -> None:
    """Called once, when the apps are ready."""
    for part in PARTS:
        export_parts.register(part)
    privacy_holdings.register(Holding(key="signatures", order=40, count=count_signatures, words=_in_words))


PARTS = (
    ExportPart(
        key="signatures",
        order=60,
        title=_("Signatures"),
        about=_("What was signed, for whom and by whom. The exact texts follow."),
        columns=(
            PERSON, ORGANIZATION,
            *columns(document=_("Document"), version=_("Version"), signed_by=_("Signed by")),
            Column(key="capacity", title=_("As"), choices=dict(Capacity.choices)),
            *columns(
                typed_name=_("Name typed"), signed_at=_("Signed"), until=_("Until"), ip=_("Address"),
                device=_("Device"),
            ),
        ),
        rows=signatures,
        models=("waivers.Signature",),
    ),
    ExportPart(
        key="signed_texts",
        order=61,
        title=_("Texts that were signed"),
        about=_("Word for word, in the version that was signed."),
        columns=(
            ORGANIZATION, *columns(document=_("Document")),
            Column(key="kind", title=_("Kind"), choices=dict(DocumentKind.choices)),
            *columns(version=_("Version"), published_at=_("Published")),
            Column(key="text", title=_("Text"), is_long=True),
            *columns(sha256=_("Fingerprint (SHA-256)")),
        ),
        rows=texts,
        models=("waivers.DocumentVersion",),
        is_sheet=True,
    ),
)  # fmt: skip
