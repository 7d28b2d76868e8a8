"""What somebody must still sign before they take part."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.calendars import local_day
from accounts.models import Member, Organization
from clients.models import Client
from waivers.holding import holding
from waivers.models import DocumentVersion, Requirement


@dataclass(frozen=True, kw_only=True)
class Missing:
    """``member`` has no signature that meets ``requirement``; ``version`` is the text to sign now."""

    requirement: Requirement
    version: DocumentVersion
    member: Member


def missing(
    *,
    organization: Organization,
    members: Sequence[Member],
    at: datetime,
    extra: Mapping[int, Sequence[Requirement]] | None = None,
    also: QuerySet[Any, Any] | None = None,
) -> list[Missing]:
    """What each of ``members`` must still sign at ``at``, in their order, each document once a person.

    Asked are the organisation's requirements for everyone, those whose ids ``also`` selects, and for a member
    those under their id in ``extra``. A signature under any version of the document holds until it expires: a
    new text is signed by who signs next; what somebody signed for a minor is asked anew of the adult. A document
    without a published text asks for nothing, nor does one that is retired, a requirement that is switched off,
    or a season that is over.

    Two queries, whatever the number of members, and one more where somebody must still sign.
    """
    asked = dict(_asked(organization, members, at, extra or {}, also))
    documents = {requirement.document_id for wanted in asked.values() for requirement in wanted}
    if not documents:
        return []
    signed = _signed(organization, members, documents, at)
    unsigned = [
        (requirement, member)
        for member in members
        for requirement in asked[member.pk]
        if (member.pk, requirement.document_id) not in signed
    ]
    if not unsigned:
        return []
    texts = latest_versions(organization, {requirement.document_id for requirement, _member in unsigned})
    return [
        Missing(requirement=requirement, version=texts[requirement.document_id], member=member)
        for requirement, member in unsigned
        if requirement.document_id in texts
    ]


def standing(organization: Organization, at: datetime) -> Q:
    """Requirements that ask for something at ``at``, on the organisation's calendar."""
    today = local_day(at, organization.time_zone)
    return Q(is_active=True, document__is_retired=False, organization=organization) & (
        Q(season_ends_on__isnull=True) | ~Q(frequency="season") | Q(season_ends_on__gte=today)
    )


def latest_versions(organization: Organization, documents: set[int]) -> dict[int, DocumentVersion]:
    """The newest published text of each document, by document id."""
    versions = (
        DocumentVersion.objects.filter(
            organization=organization, document__in=documents, published_at__isnull=False
        )
        .select_related("document")
        .order_by("document_id", "-number")
        .distinct("document_id")
    )
    return {version.document_id: version for version in versions}


def _asked(
    organization: Organization,
    members: Sequence[Member],
    at: datetime,
    extra: Mapping[int, Sequence[Requirement]],
    also: QuerySet[Any, Any] | None,
) -> Iterator[tuple[int, list[Requirement]]]:
    """Per member id what is asked of them, one requirement a document."""
    named = {requirement.pk for wanted in extra.values() for requirement in wanted}
    for_all = Q(is_for_everyone=True) if also is None else Q(is_for_everyone=True) | Q(pk__in=also)
    rows: Any = Requirement.objects.filter(standing(organization, at)).filter(for_all | Q(pk__in=named))
    standing_rows = list(rows.annotate(is_for_all=for_all).order_by("document_id", "id"))
    for member in members:
        own = {requirement.pk for requirement in extra.get(member.pk, ())}
        wanted = [row for row in standing_rows if row.is_for_all or row.pk in own]
        yield member.pk, list({row.document_id: row for row in reversed(wanted)}.values())[::-1]


def _signed(
    organization: Organization, members: Sequence[Member], documents: set[int], at: datetime
) -> set[tuple[int, int]]:
    """(member id, document id) of every signature that holds; a joined client's are its successor's."""
    same = Client.objects.filter(Q(pk=OuterRef(OuterRef("kept"))) | Q(merged_into=OuterRef(OuterRef("kept"))))
    given = holding(at).filter(organization=organization, version__document__in=documents, signed_at__lte=at)
    who = Client.objects.filter(organization=organization, member__in=members).annotate(
        kept=Coalesce("merged_into", "id"),
        documents=ArraySubquery(given.filter(client__in=same.values("pk")).values("version__document")),
    )
    return {
        (member_id, document)
        for member_id, signed in who.values_list("member_id", "documents")
        for document in signed
    }
